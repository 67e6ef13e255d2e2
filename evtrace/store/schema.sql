-- The store: one DuckDB file. Times are BIGINT nanoseconds since the epoch, UTC.
-- Raise schema_version in engine.py with every change of meaning or shape here.

-- Facts about the store itself: schema_version, duckdb_version, linked_rows.
CREATE TABLE meta (
    name  VARCHAR NOT NULL,  -- what the fact is about
    value VARCHAR            -- its value as text
);

-- One row is a thing read: a file, a stream on stdin, a member of a folder.
CREATE TABLE sources (
    source_id   INTEGER NOT NULL,  -- 1, 2, 3 … in the order of first reading
    uri         VARCHAR NOT NULL,  -- the path as the user gave it, or 'stdin'
    format      VARCHAR,           -- format names from the outside in, joined by '+': 'csv+docker+text'
    dialect     VARCHAR,           -- dialect names that gave at least one role, joined by '+'
    fingerprint VARCHAR,           -- SHA-256 of the (decompressed) content that was read
    head        VARCHAR,           -- SHA-256 of its first 1,024 bytes: the cheap first look
    bytes       BIGINT,            -- length of that content in bytes
    open_bytes  BIGINT,            -- length of a last line without line end; 0: the content ended with one
    lines       BIGINT,            -- lines in that content
    units       BIGINT,            -- lines, elements or spans met: records + parts + skipped + rejects
    records     BIGINT,            -- units that became records
    parts       BIGINT,            -- units that are part of a record begun earlier (stack traces)
    skipped     BIGINT,            -- units that are no observation (blank lines, headers, metrics)
    rejects     BIGINT,            -- units that could not be read; kept in the table rejects
    first_ts    BIGINT,            -- earliest record time
    last_ts     BIGINT,            -- latest record time
    undated     BIGINT,            -- records without a time
    zone        VARCHAR,           -- zone given to times that name none
    mapping     VARCHAR,           -- JSON: per role the field, the dialect and its share of rows; unmapped fields
    notes       VARCHAR,           -- JSON array of sentences the user should read
    steps       VARCHAR            -- 16 digits of the SHA-256 of the first 4, 16, 64, 256 KiB and each whole MiB: a shorter copy is known by them
);

-- The shape of a record: every column that the view records has. The physical table record_rows
-- starts with the columns that the first source fills and grows by those that later sources need,
-- because an empty column is not free (about 0.1 s per 2 million rows).
CREATE TABLE record_shape (
    source_id      INTEGER,   -- the source that holds the evidence
    line_shift     BIGINT,    -- internal: line = rowid + line_shift where line is not stored
    line           BIGINT,    -- line in the (decompressed) source, from 1
    item           INTEGER,   -- element within a line or document, from 1; NULL: the line is the record
    ts             BIGINT,    -- when it was observed; NULL: undated
    end_ts         BIGINT,    -- end of a span
    clock          VARCHAR,   -- whose clock ts is: 'host' or 'broker'
    kind           VARCHAR,   -- publish, receive, ack, nack, commit, assign, revoke, reset, dead_letter, drop, rebalance, end_offset, gauge, process, log
    service        VARCHAR,   -- the service that observed or acted
    producer       VARCHAR,   -- the service that published the event, where the observer is another
    instance       VARCHAR,   -- pod, host or process of the service
    worker         VARCHAR,   -- thread, task or connection inside the instance
    broker         VARCHAR,   -- kafka, rabbitmq, nats, redis, mqtt, sqs …
    cluster        VARCHAR,   -- which cluster of that broker
    channel        VARCHAR,   -- topic, queue, exchange, subject or stream
    part           INTEGER,   -- partition of the channel
    pos            BIGINT,    -- position in the partition; for commit the next position to read
    pos_text       VARCHAR,   -- a position that is no 64-bit number
    grp            VARCHAR,   -- consumer group, queue, durable or subscription
    consumer       VARCHAR,   -- member of the group
    event_id       VARCHAR,   -- the id of the event
    event_type     VARCHAR,   -- its type
    message_key    VARCHAR,   -- the key that orders or routes it
    version        BIGINT,    -- sequence or version of the entity, as the producer counts
    event_ts       BIGINT,    -- when the fact happened, as the event says
    publish_ts     BIGINT,    -- when it was published, as the broker says
    correlation_id VARCHAR,   -- id shared by the events of one flow
    causation_id   VARCHAR,   -- id of the cause, as the producer says
    trace_id       VARCHAR,   -- W3C trace id, 32 lower-case hex digits
    span_id        VARCHAR,   -- span id, 16 lower-case hex digits
    parent_span_id VARCHAR,   -- parent span
    span_links     VARCHAR,   -- JSON array of {"trace_id", "span_id"}
    attempt        INTEGER,   -- delivery attempt, from 1
    redelivered    BOOLEAN,   -- the broker says: delivered before
    hop            VARCHAR,   -- 'retry' or 'dead_letter' when a record is a republication
    routed         VARCHAR,   -- JSON array of the queues a publish was routed to
    outcome        VARCHAR,   -- ok, error, rejected, dead_letter
    error          VARCHAR,   -- the error in words
    level          VARCHAR,   -- trace, debug, info, warn, error, fatal
    message        VARCHAR,   -- the log line's text, or a span's name
    schema_ref     VARCHAR,   -- the contract the event names
    schema_version VARCHAR,   -- its version as text
    payload        VARCHAR,   -- what the event carries, as it was written
    payload_hash   VARCHAR,   -- MD5 of the payload where the event has no id
    origin         VARCHAR,   -- JSON {"channel","part","pos","grp"}: where a dead letter came from
    ids            VARCHAR,   -- business ids met in the record: lines of 'kind=value'
    attributes     VARCHAR    -- JSON object of the fields that play no role
);

-- One row is a unit that could not be read.
CREATE TABLE rejects (
    source_id INTEGER NOT NULL,  -- its source
    line      BIGINT,            -- its line, from 1
    item      INTEGER,           -- element within that line
    reason    VARCHAR NOT NULL,  -- why
    text      VARCHAR            -- the unit as it stands there
);

-- One row is an event (kind message) or, where services are seen only through spans and logs,
-- a piece of work that one service did in one go (kind operation). Read it as the view events (views.sql), which
-- fetches what the record says: writing ids once, where they are born, halves the time that linking takes to write.
CREATE TABLE stored_events (
    event_no     BIGINT,   -- the smallest record_id that shows the event: its key inside the store
    event_id     VARCHAR,  -- its id where the record does not say it
    kind         VARCHAR,  -- message or operation
    event_type   VARCHAR,  -- type of the event, or name of the operation
    service      VARCHAR,  -- who published it or did it
    channel      VARCHAR,  -- place of the stored message
    published_ts BIGINT,   -- when it was published, or when the operation began
    record_id    BIGINT,   -- the record that shows it best
    flow_id      BIGINT,   -- its flow
    h            BIGINT    -- hash of its event id where the record holds it: an identity of the flow (links/hashes.py)
);

-- What the record of an event does not say: other records said it, it was published again, or it is an operation.
CREATE TABLE event_details (
    event_no       BIGINT,   -- the event
    part           INTEGER,  -- place of the stored message
    pos            BIGINT,   -- "
    message_key    VARCHAR,  -- its key
    schema_version VARCHAR,  -- its contract version
    instance       VARCHAR,  -- which instance published it or did it
    worker         VARCHAR,  -- which thread, task or connection
    end_ts         BIGINT,   -- when the operation ended
    outcome        VARCHAR,  -- of an operation: ok or error
    error          VARCHAR,  -- of an operation
    copies         INTEGER,  -- distinct publishes seen (more than 1: a duplicate publish)
    flow_id        BIGINT    -- its flow
);

-- One row is one event handed to one group, one attempt. Read it as the view deliveries, which adds the event's id
-- and who in the group it was.
CREATE TABLE stored_deliveries (
    delivery_id BIGINT,   -- the smallest record_id that shows it
    event_no    BIGINT,   -- which event
    grp         VARCHAR,  -- the logical reader: group, queue or subscription
    service     VARCHAR,  -- the service that handled it
    attempt     INTEGER,  -- from 1
    received_ts BIGINT,   -- when the handler got it
    done_ts     BIGINT,   -- when it acknowledged, failed or ended
    outcome     VARCHAR,  -- ok, error, rejected, dropped, dead_letter; NULL: the end was not seen
    error       VARCHAR,  -- the error in words
    observers   INTEGER,  -- how many sources saw it; NULL: one
    record_id   BIGINT,   -- the record that shows it best: it names consumer, instance and worker
    flow_id     BIGINT    -- its flow
);

-- One row is cause → effect. Read it as the view edges, which adds the ids of both events.
CREATE TABLE stored_edges (
    parent_no       BIGINT,   -- event_no of the cause
    child_no        BIGINT,   -- event_no of the effect
    via             BIGINT,   -- the delivery during which the effect was produced
    kind            VARCHAR,  -- causes or compensates
    rule            VARCHAR,  -- the rule that gives the edge: E1, E2, E3, E4a …
    confidence      DOUBLE,   -- 0 … 1
    evidence        VARCHAR,  -- other rules that agree, joined by ' '
    rivals          INTEGER,  -- other parents that fit as well; 0: none
    flow_id         BIGINT    -- the flow of the effect
);

-- Which flow and event a record belongs to.
CREATE TABLE record_flows (
    record_id BIGINT,  -- the record
    flow_id   BIGINT,  -- its flow
    event_no  BIGINT   -- the event it shows, handles or is logged under
);

-- One row is one business happening.
CREATE TABLE flows (
    flow_id       BIGINT,   -- the smallest record_id of the flow
    root_event_id VARCHAR,  -- the event that began it
    root_type     VARCHAR,  -- its type; its channel where it has none
    started_ts    BIGINT,   -- first time seen
    last_ts       BIGINT,   -- last time seen
    records       BIGINT,   -- how many records
    events        INTEGER,  -- how many events
    services      INTEGER,  -- how many services
    errors        INTEGER,  -- records of level error or worse, failed deliveries and operations
    verdict       VARCHAR,  -- completed, completed_late, failed, stuck, compensated, partly_compensated, running, unknown
    normal        BOOLEAN   -- finished, and nothing departed from the others: one of the cohort of its root type
);

-- One row says: this id finds that flow. Sorted by h within each load, so that min/max pruning finds a value.
-- Ids of events that their own record holds are not repeated here: they stand in stored_events.
-- Read both as the view identities, which fetches the values that stand in a record already.
CREATE TABLE stored_identities (
    h         BIGINT,   -- hash of kind and value (links/hashes.py)
    kind      VARCHAR,  -- event, correlation, trace, key, order, customer …
    value     VARCHAR,  -- the id; NULL: it is the record's event_id, correlation_id or trace_id, as kind says
    flow_id   BIGINT,   -- a flow it finds
    record_id BIGINT    -- the record that holds the value; NULL: it is here
);

-- What was decided about each kind of business id.
CREATE TABLE id_kinds (
    kind         VARCHAR,  -- order, customer, …
    joins        BOOLEAN,  -- true: two records with the same value belong to one flow
    reason       VARCHAR,  -- why, in words
    values_seen  BIGINT,   -- distinct values
    single_share DOUBLE    -- share of the values that touch exactly one flow without this kind
);

-- Values that would glue many otherwise separate flows: they find flows and join none.
CREATE TABLE gluing (
    h     BIGINT,   -- hash of kind and value
    kind  VARCHAR,  -- its kind
    value VARCHAR,  -- the id
    fan   BIGINT    -- how many flows it touches
);

-- One row says: this business id occurs in that core, the part of a flow that holds together without
-- business ids. What kinds of ids join is decided from it.
CREATE TABLE id_cores (
    kind    VARCHAR,  -- order, customer, …
    h       BIGINT,   -- hash of kind and value
    core    BIGINT,   -- the smallest record_id of the core
    flow_id BIGINT    -- the flow it is part of
);

-- One row is one anomaly.
CREATE TABLE findings (
    rule     VARCHAR,  -- stable id of the rule
    severity VARCHAR,  -- info, warning, error
    flow_id  BIGINT,   -- the flow it touches
    event_id VARCHAR,  -- the event it is about
    channel  VARCHAR,  -- the place
    part     INTEGER,  -- "
    pos      BIGINT,   -- "
    grp      VARCHAR,  -- the reader
    sentence VARCHAR,  -- what is wrong, in words
    evidence VARCHAR   -- JSON array of record ids
);

-- One row is a candidate for a cause: where a flow departs from a flow that went well. Written by diagnosis/judge.py.
CREATE TABLE flow_problems (
    flow_id     BIGINT,   -- the flow
    what        VARCHAR,  -- what departed (diagnosis/problems.py)
    event_no    BIGINT,   -- at which event
    delivery_id BIGINT,   -- at which delivery of it
    record_id   BIGINT,   -- the record that shows it best
    other_id    BIGINT,   -- a second record that shows it
    seen_ts     BIGINT,   -- when
    service     VARCHAR,  -- who did it, or failed to
    grp         VARCHAR,  -- the reader
    words       VARCHAR,  -- the error in its own words, the type that is missing, the field that is odd
    repaired    BOOLEAN,  -- a later attempt went well: context, no cause
    share       DOUBLE,   -- of normal flows, or of a reader's events, that do otherwise
    cases       BIGINT,   -- how many that share rests on
    measured_ns BIGINT,   -- how long it took
    usual_ns    BIGINT,   -- how long it takes in the middle of the cohort
    watermark   BIGINT    -- where the evidence of that reader ends
);

-- One row is a cause of a flow's verdict. Equal signatures are the same trouble in several flows.
CREATE TABLE flow_causes (
    flow_id    BIGINT,   -- the flow
    nth        INTEGER,  -- 1: the first in causal order; 2 …: independent of it
    kind       VARCHAR,  -- handler_error, dead_letter, lost_delivery, consumer_stopped, missing_event, rejected …
    service    VARCHAR,  -- who
    grp        VARCHAR,  -- the reader
    event_no   BIGINT,   -- the event
    event_type VARCHAR,  -- its type
    seen_ts    BIGINT,   -- when
    confidence DOUBLE,   -- 0 … 1
    signature  VARCHAR   -- kind, service, type and detail: what flows with the same cause share
);

-- What flows of one root type are like. Learned after linking (diagnosis/cohort.py), as are the tables below.
CREATE TABLE cohorts (
    root_type   VARCHAR,  -- the type that begins them
    flows       BIGINT,   -- how many there are
    calm        BIGINT,   -- how many of them show no fault by themselves
    sampled     BIGINT,   -- how many of these were looked at
    normal      BIGINT,   -- how many of these are finished: the cohort
    loss        DOUBLE,   -- share of log lines that are missing, by estimate: deliveries that only their effect shows
    least_share DOUBLE,   -- from this share on something is expected
    median_ns   BIGINT,   -- how long the flows of the cohort take
    limit_ns    BIGINT,   -- and from when on one of them is late
    declared    BOOLEAN   -- that limit is declared, not learned
);

-- The types that flows of a root type end with.
CREATE TABLE usual_ends (
    root_type  VARCHAR,  -- the type that begins them
    event_type VARCHAR,  -- the type that ends them
    flows      BIGINT    -- how many of those looked at
);

-- Who usually reads what: the expectation against which an absent delivery shows.
CREATE TABLE usual_readers (
    event_type VARCHAR,  -- '' where the events have no type
    channel    VARCHAR,  -- '' where they name none
    reader     VARCHAR,  -- the group, or the service where no group is named
    service    VARCHAR,  -- the service behind it
    published  BIGINT,   -- events published until the reader's evidence ends
    read_count BIGINT,   -- how many of them it was handed
    slowest_ns BIGINT,   -- longest time from publish to receive
    watermark  BIGINT,   -- where the reader's evidence ends
    read_until BIGINT,   -- when the newest event that it was handed was published
    ends_told  DOUBLE,   -- share of its deliveries whose end is told
    in_hand    BIGINT,   -- its last delivery, where no end of it is told and nothing was heard of the reader since
    read_from  BIGINT,   -- when the oldest event of the channel was published that it was handed: it may not have been there before
    read_to    BIGINT    -- from when on another reader has taken its place; NULL: none has
);

-- Who emits what after what, counted over the cohort.
CREATE TABLE usual_effects (
    root_type    VARCHAR,  -- the cohort
    event_type   VARCHAR,  -- the cause
    service      VARCHAR,  -- who emits the effect
    child_type   VARCHAR,  -- the effect
    causes       BIGINT,   -- causes in the cohort
    led          BIGINT,   -- how many of them had the effect
    calm_causes  BIGINT,   -- causes in all flows without a visible fault
    calm_led     BIGINT,   -- how many of them had the effect
    several      BIGINT,   -- how many in the cohort had it more than once
    timed        BIGINT,   -- effects whose handling was timed
    q25_ns       BIGINT,   -- from receiving the cause to publishing the effect: lower quartile
    q50_ns       BIGINT,   -- median
    q75_ns       BIGINT,   -- upper quartile
    limit_ns     BIGINT,   -- from here on it is late
    expected     BOOLEAN,  -- its absence departs from normal
    declared     BOOLEAN,  -- that is declared, not learned
    alternatives BOOLEAN   -- the effect is one of several: 'RiderSent or ShelfAssigned'
);

-- How long events wait for a reader, from publish to receive.
CREATE TABLE usual_waits (
    root_type  VARCHAR,  -- the cohort
    event_type VARCHAR,  -- the event
    reader     VARCHAR,  -- the group, or the service where no group is named
    timed      BIGINT,   -- first deliveries in the cohort
    least_ns   BIGINT,   -- the shortest wait; below zero where clocks are off
    q25_ns     BIGINT,   -- lower quartile
    q50_ns     BIGINT,   -- median
    q75_ns     BIGINT,   -- upper quartile
    limit_ns   BIGINT    -- from here on it is late
);

-- Which types an effect waits for: its causes, with the share of effects that have such a cause.
CREATE TABLE usual_inputs (
    root_type  VARCHAR,  -- the cohort
    child_type VARCHAR,  -- the effect
    service    VARCHAR,  -- who emits it
    event_type VARCHAR,  -- a cause
    share      DOUBLE    -- of the effects that have such a cause
);

-- Which fields the payloads of a type have in normal flows.
CREATE TABLE usual_fields (
    event_type VARCHAR,  -- the type
    path       VARCHAR,  -- the field: 'lines[].price'
    kind       VARCHAR,  -- string, number, boolean, null, object, array
    events     BIGINT,   -- events of the cohort that have it so
    total      BIGINT    -- events of the cohort with a payload
);

-- Where a group stands as the broker's tools told last.
CREATE TABLE standings (
    grp       VARCHAR,  -- the group
    channel   VARCHAR,  -- '' for a queue that is its own
    part      INTEGER,  -- partition
    pos       BIGINT,   -- next position to read
    backlog   BIGINT,   -- messages that wait
    told_ts   BIGINT,   -- when that was told
    record_id BIGINT    -- the record that tells it
);

-- Until when the evidence of a service reaches.
CREATE TABLE service_ends (
    service VARCHAR,  -- the service
    last_ts BIGINT    -- its last record
);

-- Which type takes back which, by their names (diagnosis/undoing.py).
CREATE TABLE undoings (
    event_type VARCHAR,  -- what is done
    service    VARCHAR,  -- by whom
    back_type  VARCHAR   -- what takes it back
);
