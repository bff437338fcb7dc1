-- The tables of a log on PostgreSQL. A member makes them where they are missing; whoever would rather not give it the right to, makes them
-- before, with the schema's name for @schema@, and grants SELECT, INSERT, UPDATE, DELETE. Rows of several members live side by side: persistence
-- ids end in the member's id.
CREATE TABLE IF NOT EXISTS @schema@.journal (
    ordering bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created bigint NOT NULL,
    deleted boolean NOT NULL,
    persistence_id text NOT NULL,
    sequence_number bigint NOT NULL,
    message bytea NOT NULL,
    manifest text,
    identifier integer,
    writer_uuid text,
    UNIQUE (persistence_id, sequence_number)
);
-- Rows are protobuf, packed already.
ALTER TABLE @schema@.journal ALTER COLUMN message SET STORAGE EXTERNAL;

CREATE TABLE IF NOT EXISTS @schema@.snapshot (
    persistence_id text NOT NULL,
    sequence_number bigint NOT NULL,
    created bigint NOT NULL,
    snapshot bytea,
    manifest text,
    serializer_id integer,
    PRIMARY KEY (persistence_id, sequence_number)
);

-- Akka.Persistence.Sql expects it; the service tags nothing.
CREATE TABLE IF NOT EXISTS @schema@.tags (
    ordering_id bigint NOT NULL,
    tag text NOT NULL,
    sequence_nr bigint NOT NULL,
    persistence_id text NOT NULL,
    PRIMARY KEY (ordering_id, tag)
);

-- Which log each member began here: see docs/decisions/23-postgresql.md.
CREATE TABLE IF NOT EXISTS @schema@.member_log (
    member_id text PRIMARY KEY,
    log_id text NOT NULL
);
