-- A synthetic database in the shape of the Join Order Benchmark's (Leis et al., VLDB 2015): the same tables with
-- primary keys only, about 6 million rows, skewed as such data are, and every value that the queries ask for somewhere.
-- Nothing in it is of a real film.
SELECT setseed(0.19);
CREATE FUNCTION skewed(most int, power float8) RETURNS int LANGUAGE sql VOLATILE
    AS 'SELECT 1 + floor(most * random() ^ power)::int';
CREATE FUNCTION pick(from_what text[], power float8) RETURNS text LANGUAGE sql VOLATILE
    AS 'SELECT from_what[1 + floor(cardinality(from_what) * random() ^ power)::int]';

CREATE TABLE kind_type (id int PRIMARY KEY, kind varchar(15) NOT NULL);
INSERT INTO kind_type VALUES (1, 'movie'), (2, 'tv series'), (3, 'tv movie'), (4, 'video movie'), (5, 'tv mini series'), (6, 'video game'), (7, 'episode');
CREATE TABLE company_type (id int PRIMARY KEY, kind varchar(32) NOT NULL);
INSERT INTO company_type VALUES (1, 'distributors'), (2, 'production companies'), (3, 'special effects companies'), (4, 'miscellaneous companies');
CREATE TABLE comp_cast_type (id int PRIMARY KEY, kind varchar(32) NOT NULL);
INSERT INTO comp_cast_type VALUES (1, 'cast'), (2, 'crew'), (3, 'complete'), (4, 'complete+verified');
CREATE TABLE role_type (id int PRIMARY KEY, role varchar(32) NOT NULL);
INSERT INTO role_type SELECT n, role FROM unnest('{actor,actress,producer,writer,cinematographer,composer,costume designer,director,editor,miscellaneous crew,production designer,guest}'::text[]) WITH ORDINALITY AS r (role, n);
CREATE TABLE link_type (id int PRIMARY KEY, link varchar(32) NOT NULL);
INSERT INTO link_type SELECT n, link FROM unnest('{follows,followed by,remake of,remade as,references,referenced in,spoofs,spoofed in,features,featured in,spin off from,spin off,version of,similar to,edited into,edited from,alternate language version of,unknown link}'::text[]) WITH ORDINALITY AS l (link, n);
CREATE TABLE info_type (id int PRIMARY KEY, info varchar(32) NOT NULL);
INSERT INTO info_type SELECT n, info FROM unnest('{genres,countries,languages,release dates,budget,rating,votes,top 250 rank,bottom 10 rank,mini biography,trivia,height}'::text[]) WITH ORDINALITY AS i (info, n);
INSERT INTO info_type SELECT n, 'kind of info ' || n FROM generate_series(13, 113) n;

CREATE TABLE title (id int PRIMARY KEY, title text NOT NULL, imdb_index varchar(12), kind_id int NOT NULL, production_year int, imdb_id int, phonetic_code varchar(5), episode_of_id int, season_nr int, episode_nr int, series_years varchar(49), md5sum varchar(32));
INSERT INTO title
SELECT n,
    CASE WHEN n % 997 = 0 THEN pick('{Saw II,Friday with Jason,Freddy Again,Shrek 2,Vampire Nights,One Piece Found,Losers All,Kung Fu Panda Two,Dragon Ball Z Again,Champion of None,Birdemic,A Murder,Mord am See,The Movie,Money Talks}', 1) ELSE 'Title ' || md5(n::text) END,
    NULL, CASE WHEN random() < 0.65 THEN 7 ELSE skewed(6, 2) END, CASE WHEN random() < 0.97 THEN 2014 - skewed(110, 3) END,
    NULL, chr(65 + n % 26) || n % 1000, CASE WHEN random() < 0.6 THEN skewed(20000, 2) END, CASE WHEN random() < 0.6 THEN skewed(20, 2) END, CASE WHEN random() < 0.6 THEN skewed(60, 2) END, NULL, md5(n::text)
FROM generate_series(1, 230000) n;

CREATE TABLE name (id int PRIMARY KEY, name text NOT NULL, imdb_index varchar(12), imdb_id int, gender varchar(1), name_pcode_cf varchar(5), name_pcode_nf varchar(5), surname_pcode varchar(5), md5sum varchar(32));
INSERT INTO name
SELECT n, CASE WHEN n % 5003 = 0 THEN 'Downey Jr., Robert' WHEN n % 701 = 0 THEN pick('{"Angel, Ann","Queen, Bert","Tim, Yo","Yu, An"}', 1) ELSE chr(65 + (n * 7) % 26) || substr(md5(n::text), 1, 6) || ', ' || initcap(translate(substr(md5((n * 3)::text), 1, 6), '0123456789', 'aeioumnrst')) END,
    NULL, NULL, CASE WHEN random() < 0.42 THEN 'm' WHEN random() < 0.45 THEN 'f' END, chr(65 + skewed(26, 1.3) - 1) || n % 1000, chr(65 + n % 26) || n % 999, chr(65 + n % 26) || n % 99, md5(n::text)
FROM generate_series(1, 380000) n;
CREATE TABLE char_name (id int PRIMARY KEY, name text NOT NULL, imdb_index varchar(12), imdb_id int, name_pcode_nf varchar(5), surname_pcode varchar(5), md5sum varchar(32));
INSERT INTO char_name
SELECT n, CASE WHEN n % 4001 = 0 THEN 'Tony Stark' WHEN n % 3001 = 0 THEN 'Iron Man' WHEN n % 1009 = 0 THEN pick('{Queen,Sherlock,Batman,Mr. Man}', 1) ELSE 'Part ' || md5(n::text) END, NULL, NULL, chr(65 + n % 26) || n % 99, NULL, md5(n::text)
FROM generate_series(1, 285000) n;
CREATE TABLE company_name (id int PRIMARY KEY, name text NOT NULL, country_code varchar(255), imdb_id int, name_pcode_nf varchar(5), name_pcode_sf varchar(5), md5sum varchar(32));
INSERT INTO company_name
SELECT n, CASE WHEN n % 1201 = 0 THEN pick('{YouTube,DreamWorks Animation,20th Century Fox,Twentieth Century Fox Video,Lionsgate Films}', 1) WHEN random() < 0.03 THEN 'Warner ' || n WHEN random() < 0.1 THEN n || ' Film' ELSE 'Company ' || md5(n::text) END,
    CASE WHEN random() < 0.95 THEN pick('{[us],[us],[us],[gb],[de],[fr],[jp],[in],[it],[ca],[es],[nl],[ru],[se],[pl],[dk],[sm]}', 1.4) END, NULL, chr(65 + n % 26) || n % 99, NULL, md5(n::text)
FROM generate_series(1, 21000) n;
CREATE TABLE keyword (id int PRIMARY KEY, keyword text NOT NULL, phonetic_code varchar(5));
INSERT INTO keyword SELECT n, word, NULL FROM unnest('{character-name-in-title,murder,violence,blood,sequel,based-on-novel,revenge,superhero,second-part,fight,hero,martial-arts,hand-to-hand-combat,gore,death,female-nudity,hospital,murder-in-title,nerd,loner,alienation,dignity,web,based-on-comic,marvel-comics,tv-special,marvel-cinematic-universe,computer-animation,computer-animated-movie,"10,000-mile-club",magnet,saw,claw,laser,bank}'::text[]) WITH ORDINALITY AS k (word, n);
INSERT INTO keyword SELECT n, 'word-' || substr(md5(n::text), 1, 12), NULL FROM generate_series(36, 12000) n;

CREATE TABLE cast_info (id int PRIMARY KEY, person_id int NOT NULL, movie_id int NOT NULL, person_role_id int, note text, nr_order int, role_id int NOT NULL);
INSERT INTO cast_info
SELECT n, skewed(380000, 2), skewed(230000, 1.6), CASE WHEN random() < 0.5 THEN skewed(285000, 1.8) END,
    CASE WHEN random() < 0.4 THEN pick('{(uncredited),(voice),(producer),(executive producer),(writer),(head writer),(written by),(story),(story editor),(voice: English version),(voice: Japanese version),(voice) (uncredited),(archive footage),(as himself)}', 1.5) END, CASE WHEN random() < 0.5 THEN skewed(60, 2) END, skewed(11, 2)
FROM generate_series(1, 3300000) n;
CREATE TABLE movie_companies (id int PRIMARY KEY, movie_id int NOT NULL, company_id int NOT NULL, company_type_id int NOT NULL, note text);
INSERT INTO movie_companies
SELECT n, skewed(230000, 1.4), skewed(21000, 3), 1 + (random() < 0.5)::int,
    CASE WHEN random() < 0.5 THEN '(' || 1990 + skewed(23, 1) || ') ' || pick('{(USA),(worldwide),(Japan),(France),(Germany),(UK)}', 1.5) || ' ' || pick('{(TV),(theatrical),(DVD),(VHS),(Blu-ray),(presents),(co-production),(as Metro-Goldwyn-Mayer Pictures)}', 1.3) END
FROM generate_series(1, 237000) n;
CREATE TABLE movie_info (id int PRIMARY KEY, movie_id int NOT NULL, info_type_id int NOT NULL, info text NOT NULL, note text);
INSERT INTO movie_info
SELECT n, skewed(230000, 1.5), kind,
    CASE kind
        WHEN 1 THEN pick('{Drama,Comedy,Short,Documentary,Horror,Action,Thriller,Sci-Fi,Crime,War,Family,Western}', 1.3)
        WHEN 2 THEN pick('{USA,UK,France,Germany,Sweden,Norway,Denmark,Japan,Italy,Bulgaria,America}', 1.5)
        WHEN 3 THEN pick('{English,American,German,Swedish,Danish,Denish,Norwegian,Japanese,French}', 1.5)
        WHEN 4 THEN pick('{USA,Japan,UK,Germany,France}', 1.5) || ':' || skewed(28, 1) || ' May ' || 1985 + skewed(28, 1)
        ELSE 'Text ' || md5(n::text) || repeat('x', skewed(60, 2)) END,
    CASE WHEN random() < 0.15 THEN pick('{(internet),(premiere),(limited),(re-release)}', 1) END
FROM (SELECT n, CASE WHEN random() < 0.6 THEN skewed(5, 1) WHEN random() < 0.3 THEN 11 ELSE 12 + skewed(100, 2) END AS kind FROM generate_series(1, 1350000) n) m;
CREATE TABLE movie_info_idx (id int PRIMARY KEY, movie_id int NOT NULL, info_type_id int NOT NULL, info text NOT NULL, note text);
INSERT INTO movie_info_idx
SELECT n, skewed(230000, 1.2), kind, CASE WHEN kind = 6 THEN (1 + floor(90 * random()) / 10)::numeric(3, 1)::text ELSE (skewed(20000, 4))::text END, NULL
FROM (SELECT n, CASE WHEN n % 500 = 0 THEN 8 + n % 2 WHEN random() < 0.5 THEN 6 ELSE 7 END AS kind FROM generate_series(1, 125000) n) m;
CREATE TABLE movie_keyword (id int PRIMARY KEY, movie_id int NOT NULL, keyword_id int NOT NULL);
INSERT INTO movie_keyword SELECT n, skewed(230000, 1.7), skewed(12000, 2.5) FROM generate_series(1, 410000) n;
CREATE TABLE movie_link (id int PRIMARY KEY, movie_id int NOT NULL, linked_movie_id int NOT NULL, link_type_id int NOT NULL);
INSERT INTO movie_link SELECT n, skewed(230000, 2), skewed(230000, 2), skewed(18, 1.5) FROM generate_series(1, 3000) n;
CREATE TABLE person_info (id int PRIMARY KEY, person_id int NOT NULL, info_type_id int NOT NULL, info text NOT NULL, note text);
INSERT INTO person_info
SELECT n, skewed(380000, 2), CASE WHEN random() < 0.2 THEN 10 ELSE 9 + skewed(50, 2) END, 'About ' || md5(n::text), CASE WHEN n % 211 = 0 THEN 'Volker Boehm' WHEN random() < 0.1 THEN 'By ' || skewed(3000, 2) END
FROM generate_series(1, 270000) n;
CREATE TABLE complete_cast (id int PRIMARY KEY, movie_id int, subject_id int NOT NULL, status_id int NOT NULL);
INSERT INTO complete_cast SELECT n, skewed(230000, 1.4), skewed(2, 1.5), 2 + skewed(2, 1.5) FROM generate_series(1, 12300) n;
CREATE TABLE aka_name (id int PRIMARY KEY, person_id int NOT NULL, name text NOT NULL, imdb_index varchar(12), name_pcode_cf varchar(5), name_pcode_nf varchar(5), surname_pcode varchar(5), md5sum varchar(32));
INSERT INTO aka_name SELECT n, skewed(380000, 1.8), 'Alias ' || md5(n::text), NULL, chr(65 + n % 26) || n % 99, NULL, NULL, md5(n::text) FROM generate_series(1, 82000) n;
CREATE TABLE aka_title (id int PRIMARY KEY, movie_id int NOT NULL, title text NOT NULL, imdb_index varchar(12), kind_id int NOT NULL, production_year int, phonetic_code varchar(5), episode_of_id int, season_nr int, episode_nr int, note text, md5sum varchar(32));
INSERT INTO aka_title SELECT n, skewed(230000, 1.8), 'Also ' || md5(n::text), NULL, skewed(7, 1), 2014 - skewed(110, 3), NULL, NULL, NULL, NULL, NULL, md5(n::text) FROM generate_series(1, 33000) n;
DROP FUNCTION skewed, pick;
VACUUM (ANALYZE);
