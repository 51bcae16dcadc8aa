CREATE EXTENSION dblink;
CREATE EXTENSION file_fdw;
CREATE EXTENSION adminpack;
CREATE EXTENSION tablefunc;
CREATE TABLE ledger (id int PRIMARY KEY, amount int NOT NULL);
INSERT INTO ledger VALUES (1, 10), (2, 20);
CREATE TABLE parcel (id int PRIMARY KEY, ledger_id int REFERENCES ledger ON DELETE CASCADE);
INSERT INTO parcel VALUES (1, 1);
CREATE SEQUENCE counter;
SELECT lo_create(4711);

CREATE FUNCTION bump() RETURNS int LANGUAGE plpgsql AS
  $$ BEGIN PERFORM set_config('transaction_read_only', 'off', false); UPDATE ledger SET amount = amount + 1; RETURN 1; END $$;
CREATE FUNCTION bump_after_default() RETURNS int LANGUAGE plpgsql AS
  $$ BEGIN PERFORM set_config('default_transaction_read_only', 'off', false); INSERT INTO ledger VALUES (99, 99); RETURN 1; END $$;
CREATE FUNCTION "Bump It"() RETURNS int LANGUAGE sql AS 'SELECT bump()';
CREATE FUNCTION liar() RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN bump(); END $$;
CREATE FUNCTION constant_liar() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.bump(); END $$;
CREATE FUNCTION deep_liar() RETURNS int LANGUAGE sql STABLE AS 'SELECT liar()';
CREATE FUNCTION file_liar() RETURNS int LANGUAGE plpgsql STABLE AS
  $$ BEGIN PERFORM pg_create_physical_replication_slot('by_liar', true); RETURN 1; END $$;
CREATE FUNCTION builder() RETURNS int LANGUAGE plpgsql STABLE AS
  $$ BEGIN EXECUTE 'SELECT pg_create_phy' || 'sical_replication_slot(''by_builder'', true)'; RETURN 1; END $$;
CREATE FUNCTION program() RETURNS int LANGUAGE plpgsql AS
  $$ BEGIN COPY (SELECT 1) TO PROGRAM 'cat > SCRATCH/by_function'; RETURN 1; END $$;
CREATE FUNCTION bumped(ledger) RETURNS int LANGUAGE sql AS 'SELECT bump()';
CREATE FUNCTION with_default(a int DEFAULT bump()) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION plus_and_bump(int, text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN bump(); END $$;
CREATE OPERATOR +! (LEFTARG = int, RIGHTARG = text, FUNCTION = plus_and_bump);
CREATE FUNCTION same_and_slot(int, text) RETURNS bool LANGUAGE plpgsql STABLE AS
  $$ BEGIN PERFORM pg_create_physical_replication_slot('by_operator', true); RETURN true; END $$;
CREATE OPERATOR =~ (LEFTARG = int, RIGHTARG = text, FUNCTION = same_and_slot);
CREATE FUNCTION bump_final(int) RETURNS int LANGUAGE sql AS 'SELECT bump()';
CREATE AGGREGATE bump_all(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', FINALFUNC = bump_final);
CREATE TYPE tag AS (word text);
CREATE FUNCTION tag_of(ledger) RETURNS tag LANGUAGE plpgsql AS $$ BEGIN PERFORM bump(); RETURN ROW('x')::tag; END $$;
CREATE CAST (ledger AS tag) WITH FUNCTION tag_of(ledger);
CREATE DOMAIN watched AS int CHECK (constant_liar() > VALUE);
CREATE VIEW quiet AS SELECT id FROM ledger WHERE bump() > 0;
CREATE VIEW quieter AS SELECT * FROM quiet;
CREATE VIEW slotted AS SELECT (pg_create_physical_replication_slot('by_view', true)).slot_name;
CREATE TABLE guarded (id int);
INSERT INTO guarded VALUES (1);
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
ALTER TABLE guarded FORCE ROW LEVEL SECURITY;
CREATE POLICY watch ON guarded USING (bump() > 0);
CREATE TABLE parent (id int);
CREATE TABLE child () INHERITS (parent);
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE by_program (line text) SERVER files OPTIONS (program 'tee SCRATCH/by_foreign_table < /dev/null');
CREATE TABLE noted (id int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN COPY (SELECT 1) TO PROGRAM 'cat > SCRATCH/by_trigger'; RETURN NEW; END $$;
CREATE TRIGGER note AFTER INSERT ON noted FOR EACH ROW EXECUTE FUNCTION note();
CREATE FUNCTION note_delete() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM dblink_exec('CONNECTION', 'INSERT INTO ledger VALUES (7, 7)'); RETURN OLD; END $$;
CREATE TRIGGER note_delete AFTER DELETE ON parcel FOR EACH ROW EXECUTE FUNCTION note_delete();
CREATE TABLE ruled (id int);
CREATE RULE also AS ON INSERT TO ruled DO ALSO SELECT pg_create_physical_replication_slot('by_rule', true);
CREATE TABLE defaulted (id int, made text DEFAULT dblink_exec('CONNECTION', 'INSERT INTO ledger VALUES (8, 8)'));
CREATE PROCEDURE settle() LANGUAGE plpgsql AS $$ BEGIN UPDATE ledger SET amount = 0; COMMIT; END $$;
CREATE PROCEDURE slot_procedure() LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_create_physical_replication_slot('by_procedure', true); END $$;
CREATE FUNCTION reads_only(int) RETURNS int LANGUAGE sql STABLE AS 'SELECT amount FROM ledger WHERE id = $1';
CREATE FUNCTION reads_too(n int) RETURNS int LANGUAGE plpgsql STABLE AS
  $$ DECLARE r int; BEGIN SELECT amount INTO r FROM ledger WHERE id = n; RETURN coalesce(r, 0); END $$;
CREATE VIEW plain AS SELECT id, reads_only(id) AS amount FROM ledger;
CREATE TABLE written (id serial PRIMARY KEY, amount int DEFAULT 3 CHECK (amount > 0), seen timestamptz DEFAULT now());
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.seen := now(); RETURN NEW; END $$;
CREATE TRIGGER stamp BEFORE INSERT ON written FOR EACH ROW EXECUTE FUNCTION stamp();
