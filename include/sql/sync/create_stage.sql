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
        order_value_minor bigint,
        campaign_ref text,
        source_rev text NOT NULL
    )
    CREATE UNLOGGED TABLE shaped_event_metric (
        line bigint NOT NULL,
        metric_name text PRIMARY KEY,
        event_type text NOT NULL,
        score double precision NOT NULL,
        source_key text,
        source_rev text
    )
    CREATE UNLOGGED TABLE shaped_campaign (
        line bigint NOT NULL,
        campaign_id text PRIMARY KEY,
        name text,
        source_rev text NOT NULL
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
        -- Why nothing may be sent to it; null: it may.
        fault text,
        PRIMARY KEY (profile_id, channel, address)
    )
    -- What a profile is known by, normalised and as it is: the values leave the stage as keyed hashes only.
    CREATE UNLOGGED TABLE shaped_identity (
        profile_id text NOT NULL,
        kind text NOT NULL,
        value text NOT NULL,
        PRIMARY KEY (profile_id, kind, value)
    )
    -- One row an edge between two profiles and kind.
    CREATE UNLOGGED TABLE shaped_relation (
        line bigint NOT NULL,
        source_key text NOT NULL,
        kind text NOT NULL,
        from_profile_id text NOT NULL,
        to_profile_id text NOT NULL,
        source_rev text NOT NULL,
        PRIMARY KEY (source_key, kind)
    )
    -- blocked_identities.csv: values that say nothing of a person; * stands for anything.
    CREATE UNLOGGED TABLE worthless_identity (kind text NOT NULL, value text NOT NULL, reason text NOT NULL)
    -- From here to changed_household_member: what the resolution of identities and households works on (sync/identity).
    CREATE UNLOGGED TABLE changed_identity (
        profile_id text NOT NULL,
        kind text NOT NULL,
        value_hash bytea NOT NULL,
        is_new boolean NOT NULL,
        PRIMARY KEY (profile_id, kind, value_hash)
    )
    CREATE UNLOGGED TABLE touched_profile (profile_id text PRIMARY KEY)
    -- Values shared by touched profiles. use: link; approved (by a person); or why it joins nobody: many, split, crm.
    CREATE UNLOGGED TABLE shared_value (
        kind text NOT NULL,
        value_hash bytea NOT NULL,
        link text NOT NULL UNIQUE,
        holders bigint NOT NULL,
        use text NOT NULL,
        PRIMARY KEY (kind, value_hash)
    )
    CREATE UNLOGGED TABLE identity_link (
        link text NOT NULL,
        kind text NOT NULL,
        member text NOT NULL,
        -- Joins into a unit: the same CRM record, or approved by a person.
        is_unit boolean NOT NULL,
        is_approved boolean NOT NULL,
        PRIMARY KEY (link, member)
    )
    CREATE INDEX ON identity_link (member)
    -- Where each touched profile (member) belongs. label spreads along the links; unit and label are profile ids.
    CREATE UNLOGGED TABLE identity_place (
        member text PRIMARY KEY,
        customer_id text NOT NULL,
        is_gone boolean NOT NULL,
        has_crm boolean NOT NULL,
        is_approved boolean NOT NULL,
        label text NOT NULL,
        unit text NOT NULL,
        wanted_id text,
        speaks boolean NOT NULL DEFAULT false
    )
    CREATE UNLOGGED TABLE found_case (
        subject text PRIMARY KEY,
        reason text NOT NULL,
        kind text,
        value_hash bytea,
        profiles bigint NOT NULL,
        kinds text[] NOT NULL,
        members text[] NOT NULL
    )
    CREATE UNLOGGED TABLE closed_merge (merge_id bigint PRIMARY KEY)
    -- The same for households; here a member is a customer.
    CREATE UNLOGGED TABLE touched_home (customer_id text PRIMARY KEY)
    CREATE UNLOGGED TABLE home_link (
        link text NOT NULL,
        member text NOT NULL,
        is_unit boolean NOT NULL DEFAULT false,
        PRIMARY KEY (link, member)
    )
    CREATE UNLOGGED TABLE home_place (
        member text PRIMARY KEY,
        since timestamptz,
        label text NOT NULL,
        household_id text
    )
    CREATE UNLOGGED TABLE changed_household (household_id text PRIMARY KEY)
    -- By core.household_member.graph_key; those of deleted rows are among them.
    CREATE UNLOGGED TABLE changed_household_member (graph_key bigint PRIMARY KEY)
    -- Keys that the source no longer has, found by a whole read or by the full comparison.
    CREATE UNLOGGED TABLE gone (
        collection text NOT NULL,
        source_key text NOT NULL,
        PRIMARY KEY (collection, source_key)
    )
    -- As gone, where rows that cannot be identified stand in the collection: any of them may be the missing one, so these
    -- are not deleted in this run.
    CREATE UNLOGGED TABLE withheld (
        collection text NOT NULL,
        source_key text NOT NULL,
        PRIMARY KEY (collection, source_key)
    )
    -- What a full comparison saw at the source: every row's key and revision.
    CREATE UNLOGGED TABLE listed (
        collection text NOT NULL,
        source_key text NOT NULL,
        source_rev text NOT NULL
    )
    -- The listed rows to read, because they differ from what is here.
    CREATE UNLOGGED TABLE wanted (
        collection text NOT NULL,
        source_key text COLLATE "C" NOT NULL,
        source_rev text NOT NULL,
        PRIMARY KEY (collection, source_key)
    )
    -- Up to where each partition was read; partition is JSON as in ops.sync_watermark.
    CREATE UNLOGGED TABLE read_until (
        collection text NOT NULL,
        partition jsonb NOT NULL,
        moment timestamptz NOT NULL,
        last_key text NOT NULL,
        PRIMARY KEY (collection, partition)
    )
    -- What the merge changed, for everything that follows it. A customer is changed when a profile or relation of it is
    -- new, changed or gone, or when it was resolved anew.
    CREATE UNLOGGED TABLE changed_customer (customer_id text PRIMARY KEY)
    CREATE UNLOGGED TABLE changed_product (product_id text PRIMARY KEY)
    -- By core.event.graph_key; deleted rows are among them.
    -- occurred_at says in which partition it stands; null where the writer does not know: found the slow way then.
    CREATE UNLOGGED TABLE changed_event (graph_key bigint PRIMARY KEY, occurred_at timestamptz)
    -- Profiles whose events belong to another customer now, or to none, or to one again.
    CREATE UNLOGGED TABLE moved_profile (profile_id text PRIMARY KEY)
    -- Changed customers who have no live profile any more.
    CREATE UNLOGGED TABLE person_gone (customer_id text PRIMARY KEY)
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
