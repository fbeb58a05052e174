-- Purpose: the stage of one run: rejected rows, the rows in the sources' common form, and the places they are read by.
-- Grain: see each table; line is the row's place in its collection, so that every row can be accounted for.
-- Parameters: {schema}, the schema of the run. The collections' own tables are made beside these when they are read.
-- Rerun: the caller drops the schema first, in the same transaction.
CREATE SCHEMA {schema}
    -- One row a rejected row of the source, with the first rule that it broke.
    CREATE UNLOGGED TABLE rejected (
        collection text NOT NULL,
        line bigint NOT NULL,
        source_key text,
        rule text NOT NULL,
        PRIMARY KEY (collection, line)
    )
    CREATE UNLOGGED TABLE shaped_profile (
        line bigint NOT NULL,
        profile_id text PRIMARY KEY,
        first_name text,
        last_name text,
        email text,
        phone text,
        gender text,
        date_of_birth date,
        age smallint,
        language text,
        country char(2),
        city text,
        funnel_stage text,
        favorite_color text,
        total_spent_minor bigint,
        keywords text[] NOT NULL,
        scores jsonb NOT NULL,
        ext_attributes jsonb NOT NULL,
        source_rev text NOT NULL,
        source_created_at timestamptz,
        source_updated_at timestamptz,
        deleted_at timestamptz
    )
    CREATE UNLOGGED TABLE shaped_product (
        line bigint NOT NULL,
        product_id text PRIMARY KEY,
        source_key text NOT NULL UNIQUE,
        name text NOT NULL,
        category text,
        brand text,
        price_minor bigint,
        currency char(3),
        keywords text[] NOT NULL,
        source_rev text NOT NULL,
        deleted_at timestamptz
    )
    -- One row an event and item: a line of the source can give several.
    CREATE UNLOGGED TABLE shaped_event (
        line bigint NOT NULL,
        event_key text NOT NULL,
        event_id text NOT NULL,
        profile_id text NOT NULL,
        event_type text NOT NULL,
        metric_name text NOT NULL,
        occurred_at timestamptz NOT NULL,
        product_id text,
        category text,
        color text,
        quantity integer NOT NULL,
        price_minor bigint,
        value_minor bigint,
        currency char(3),
        order_id text,
        campaign_ref text,
        source_rev text NOT NULL
    )
    CREATE UNLOGGED TABLE shaped_event_metric (
        line bigint NOT NULL,
        metric_name text PRIMARY KEY,
        event_type text NOT NULL,
        score double precision NOT NULL
    )
    -- What the source says of consent now; absent is unknown.
    CREATE UNLOGGED TABLE shaped_consent (
        profile_id text NOT NULL,
        channel text NOT NULL,
        purpose text NOT NULL,
        state text NOT NULL,
        evidence text NOT NULL,
        since timestamptz,
        PRIMARY KEY (profile_id, channel, purpose)
    )
    CREATE UNLOGGED TABLE shaped_address (
        profile_id text NOT NULL,
        channel text NOT NULL,
        address text NOT NULL,
        PRIMARY KEY (profile_id, channel, address)
    )
    -- Keys that the source no longer has, found by a whole read or by the full comparison.
    CREATE UNLOGGED TABLE gone (
        collection text NOT NULL,
        source_key text NOT NULL,
        PRIMARY KEY (collection, source_key)
    )
    -- What the merge changed, for everything that follows it. A customer is changed when a profile or relation of it is
    -- new, changed or gone, or when it was resolved anew.
    CREATE UNLOGGED TABLE changed_customer (customer_id text PRIMARY KEY)
    CREATE UNLOGGED TABLE changed_product (product_id text PRIMARY KEY)
    -- By core.event.graph_key; deleted rows are among them.
    CREATE UNLOGGED TABLE changed_event (graph_key bigint PRIMARY KEY)
    -- Profiles whose events belong to another customer now, or to none, or to one again.
    CREATE UNLOGGED TABLE moved_profile (profile_id text PRIMARY KEY)
    -- countries.csv: time_zone is set where the country has one clock, phone_time_zone where its calling code has.
    CREATE UNLOGGED TABLE country (
        code char(2) PRIMARY KEY,
        names text NOT NULL,
        calling_code text,
        trunk_prefix text,
        time_zone text,
        phone_time_zone text
    )
    -- city_time_zones.csv: larger cities of the countries with several clocks.
    CREATE UNLOGGED TABLE city_time_zone (
        country char(2) NOT NULL,
        city text NOT NULL,
        time_zone text NOT NULL,
        PRIMARY KEY (country, city)
    )
    -- Every way to write a country, in lower case: its code and its names.
    CREATE UNLOGGED TABLE country_name (
        name text PRIMARY KEY,
        code char(2) NOT NULL
    )
