-- A chain of DVD-rental stores. Keys and indexes come after the data: see load.sql.

CREATE TABLE country (
    country_id integer NOT NULL,
    name text NOT NULL,
    iso2 char(2) NOT NULL,
    region text NOT NULL
);

CREATE TABLE city (
    city_id integer NOT NULL,
    name text NOT NULL,
    country_id integer NOT NULL,
    time_zone text NOT NULL
);

CREATE TABLE address (
    address_id integer NOT NULL,
    street text NOT NULL,
    city_id integer NOT NULL,
    postal_code text NOT NULL,
    phone text
);

CREATE TABLE store (
    store_id integer NOT NULL,
    name text NOT NULL,
    address_id integer NOT NULL,
    opened_on date NOT NULL
);

CREATE TABLE staff (
    staff_id integer NOT NULL,
    store_id integer NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    email text NOT NULL,
    active boolean NOT NULL
);

-- city, country, time_zone and language repeat what the address says: a profile page reads one row.
CREATE TABLE customer (
    customer_id integer NOT NULL,
    store_id integer NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    email text NOT NULL,
    address_id integer NOT NULL,
    city text NOT NULL,
    country text NOT NULL,
    time_zone text NOT NULL,
    language text NOT NULL,
    birth_date date,
    marketing_consent boolean NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE category (
    category_id integer NOT NULL,
    name text NOT NULL
);

CREATE TABLE actor (
    actor_id integer NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL
);

CREATE TABLE film (
    film_id integer NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    synopsis text,
    release_year integer NOT NULL,
    rating text NOT NULL,
    rental_days integer NOT NULL,
    rental_rate numeric(5,2) NOT NULL,
    length_minutes integer,
    replacement_cost numeric(6,2) NOT NULL,
    special_features text[],
    attributes jsonb NOT NULL
);

CREATE TABLE film_category (
    film_id integer NOT NULL,
    category_id integer NOT NULL
);

CREATE TABLE film_actor (
    actor_id integer NOT NULL,
    film_id integer NOT NULL
);

CREATE TABLE inventory (
    inventory_id integer NOT NULL,
    film_id integer NOT NULL,
    store_id integer NOT NULL,
    acquired_on date NOT NULL
);

-- status: 98 % returned; open, lost and cancelled share the rest.
CREATE TABLE rental (
    rental_id bigint NOT NULL,
    rented_at timestamptz NOT NULL,
    inventory_id integer NOT NULL,
    customer_id integer NOT NULL,
    staff_id integer NOT NULL,
    store_id integer NOT NULL,
    due_at timestamptz NOT NULL,
    returned_at timestamptz,
    status text NOT NULL,
    channel text NOT NULL,
    note text,
    updated_at timestamptz NOT NULL
);

-- reference: the number on the receipt, stored as text.
CREATE TABLE payment (
    payment_id bigint NOT NULL,
    rental_id bigint NOT NULL,
    customer_id integer NOT NULL,
    staff_id integer NOT NULL,
    amount numeric(6,2) NOT NULL,
    method text NOT NULL,
    reference text NOT NULL,
    paid_at timestamptz NOT NULL
);

CREATE TABLE review (
    review_id integer NOT NULL,
    film_id integer NOT NULL,
    customer_id integer NOT NULL,
    stars integer NOT NULL,
    body text NOT NULL,
    helpful_votes integer,
    created_at timestamptz NOT NULL
);

-- What the web shop, the app and the television box report. Nobody is obliged to be logged in.
CREATE TABLE event_log (
    event_id bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    customer_id integer,
    kind text NOT NULL,
    payload jsonb NOT NULL
);

CREATE TABLE voucher (
    voucher_id integer NOT NULL,
    code text NOT NULL,
    percent_off integer NOT NULL,
    valid_until date
);

CREATE TABLE promotion (
    promotion_id integer NOT NULL,
    name text NOT NULL,
    starts_on date NOT NULL
);

-- Written in bulk, once per promotion. Somebody switched autovacuum off here to make that faster.
CREATE TABLE promotion_send (
    send_id bigint NOT NULL,
    promotion_id integer NOT NULL,
    customer_id integer NOT NULL,
    voucher_code text NOT NULL,
    sent_at timestamptz NOT NULL,
    opened_at timestamptz
) WITH (autovacuum_enabled = off);
