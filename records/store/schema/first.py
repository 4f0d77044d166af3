"""The first schema: everything from a component to the ledger."""

PEOPLE = """
CREATE TABLE users (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    disabled_at INTEGER
) STRICT;
CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    role TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    used_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    deed TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_subject ON audit (subject, at);
CREATE TABLE idempotency (
    actor TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (actor, idempotency_key)
) STRICT;
"""

HOUSEKEEPING = """
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until INTEGER NOT NULL,
    token INTEGER NOT NULL
) STRICT;
CREATE TABLE pulses (
    part TEXT NOT NULL,
    holder TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (part, holder)
) STRICT;
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    content TEXT NOT NULL
) STRICT;
INSERT INTO meta (name, content) VALUES ('page_revision', '0');
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;
INSERT INTO counters (name, last) VALUES ('incident', 0);
INSERT INTO counters (name, last) VALUES ('maintenance', 0);
"""

COMPONENTS = """
CREATE TABLE components (
    id TEXT PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    group_id TEXT,
    is_group INTEGER NOT NULL,
    chain TEXT,
    asset TEXT,
    direction TEXT,
    depends_on TEXT NOT NULL,
    audience TEXT,
    auto_publish INTEGER NOT NULL,
    position INTEGER NOT NULL,
    status TEXT NOT NULL,
    status_since INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    retired_at INTEGER
) STRICT;
CREATE TABLE component_states (
    component_id TEXT NOT NULL,
    from_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (component_id, from_at)
) STRICT, WITHOUT ROWID;
CREATE TABLE monitors (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    chain TEXT,
    component_id TEXT,
    every_ms INTEGER NOT NULL,
    judge_state TEXT,
    verdict TEXT,
    reasoning TEXT NOT NULL,
    facts TEXT NOT NULL,
    verdict_since INTEGER,
    seen_at INTEGER,
    looked_at INTEGER,
    muted_until INTEGER,
    retired_at INTEGER
) STRICT;
CREATE TABLE signals (
    component_id TEXT NOT NULL,
    monitor_id TEXT NOT NULL,
    status TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (component_id, monitor_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE observations (
    at INTEGER NOT NULL,
    monitor_id TEXT NOT NULL,
    target TEXT NOT NULL,
    seen TEXT NOT NULL,
    latency_ms REAL,
    height INTEGER,
    peers INTEGER,
    note TEXT NOT NULL,
    PRIMARY KEY (at, monitor_id, target)
) STRICT, WITHOUT ROWID;
CREATE TABLE heartbeats (
    token_hash TEXT PRIMARY KEY,
    monitor_id TEXT NOT NULL UNIQUE,
    beat_at INTEGER
) STRICT;
"""

INCIDENTS = """
CREATE TABLE incidents (
    id TEXT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,
    name TEXT NOT NULL,
    impact TEXT NOT NULL,
    stage TEXT NOT NULL,
    cause TEXT NOT NULL,
    published_at INTEGER,
    discarded_at INTEGER,
    started_at INTEGER NOT NULL,
    detected_at INTEGER,
    declared_at INTEGER,
    first_public_at INTEGER,
    first_customer_notice_at INTEGER,
    monitoring_at INTEGER,
    resolved_at INTEGER,
    resolution_notice_at INTEGER,
    next_update_at INTEGER,
    audience TEXT NOT NULL,
    channels TEXT NOT NULL,
    opened_by TEXT NOT NULL,
    monitor_id TEXT,
    open_monitor_id TEXT UNIQUE,
    still_works TEXT NOT NULL,
    funds TEXT NOT NULL,
    what_to_do TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE TABLE incident_components (
    incident_id TEXT NOT NULL REFERENCES incidents (id),
    component_id TEXT NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (incident_id, component_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_components_by_component ON incident_components (component_id);
CREATE TABLE incident_updates (
    id TEXT PRIMARY KEY,
    incident_id TEXT NOT NULL REFERENCES incidents (id),
    stage TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    display_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    next_update_at INTEGER,
    statuses TEXT NOT NULL
) STRICT;
CREATE INDEX incident_updates_by_incident ON incident_updates (incident_id, id);
CREATE TABLE maintenances (
    id TEXT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    scheduled_for INTEGER NOT NULL,
    scheduled_until INTEGER NOT NULL,
    time_zone TEXT NOT NULL,
    announced_at INTEGER NOT NULL,
    started_at INTEGER,
    completed_at INTEGER,
    cancelled_at INTEGER,
    reminders TEXT NOT NULL,
    reminded TEXT NOT NULL,
    auto_start INTEGER NOT NULL,
    auto_complete INTEGER NOT NULL,
    audience TEXT NOT NULL,
    channels TEXT NOT NULL,
    still_works TEXT NOT NULL,
    what_to_do TEXT NOT NULL,
    emergency_reason TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE TABLE maintenance_components (
    maintenance_id TEXT NOT NULL REFERENCES maintenances (id),
    component_id TEXT NOT NULL,
    PRIMARY KEY (maintenance_id, component_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE maintenance_updates (
    id TEXT PRIMARY KEY,
    maintenance_id TEXT NOT NULL REFERENCES maintenances (id),
    state TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
) STRICT;
CREATE INDEX maintenance_updates_by_maintenance ON maintenance_updates (maintenance_id, id);
"""

CUSTOMERS = """
CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    external_id TEXT NOT NULL UNIQUE,
    language TEXT NOT NULL,
    time_zone TEXT,
    region TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE customer_tags (
    tag TEXT NOT NULL,
    customer_id INTEGER NOT NULL,
    PRIMARY KEY (tag, customer_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_tags_by_customer ON customer_tags (customer_id, tag);
CREATE TABLE contacts (
    customer_id INTEGER NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    wanted INTEGER NOT NULL,
    blocked TEXT,
    PRIMARY KEY (customer_id, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX contacts_by_address ON contacts (address);
CREATE TABLE tickets (
    id TEXT PRIMARY KEY,
    system TEXT NOT NULL,
    external_id TEXT NOT NULL,
    customer_id INTEGER,
    requester_ref TEXT,
    channel TEXT NOT NULL,
    kind TEXT NOT NULL,
    topic TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    resolved_at INTEGER,
    imported_at INTEGER NOT NULL,
    UNIQUE (system, external_id)
) STRICT;
CREATE INDEX tickets_by_number ON tickets (external_id);
CREATE INDEX tickets_by_created ON tickets (created_at);
CREATE INDEX tickets_by_customer ON tickets (customer_id);
CREATE TABLE ticket_links (
    id TEXT PRIMARY KEY,
    ticket_id TEXT NOT NULL REFERENCES tickets (id),
    incident_id TEXT NOT NULL REFERENCES incidents (id),
    customer_id INTEGER,
    linked_at INTEGER NOT NULL,
    linked_by TEXT NOT NULL,
    unlinked_at INTEGER,
    unlinked_by TEXT
) STRICT;
CREATE INDEX ticket_links_by_incident ON ticket_links (incident_id, customer_id);
CREATE INDEX ticket_links_by_ticket ON ticket_links (ticket_id);
"""

NOTICES = """
CREATE TABLE notices (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    category TEXT NOT NULL,
    lane INTEGER NOT NULL,
    state TEXT NOT NULL,
    audience_rule TEXT NOT NULL,
    channels TEXT NOT NULL,
    facts TEXT NOT NULL,
    verify_code TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    useful_until INTEGER NOT NULL,
    audience_count INTEGER NOT NULL,
    fanned_out_at INTEGER
) STRICT;
CREATE INDEX notices_by_subject ON notices (subject_id, created_at);
CREATE INDEX notices_in_work ON notices (state);
CREATE TABLE notice_texts (
    notice_id TEXT NOT NULL REFERENCES notices (id),
    version INTEGER NOT NULL,
    language TEXT NOT NULL,
    form TEXT NOT NULL,
    content TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (notice_id, version, language, form)
) STRICT, WITHOUT ROWID;
CREATE TABLE fanouts (
    notice_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    matched INTEGER NOT NULL,
    decided_at INTEGER NOT NULL,
    done_at INTEGER,
    PRIMARY KEY (notice_id, version)
) STRICT;
CREATE TABLE audience_members (
    notice_id TEXT NOT NULL,
    customer_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (notice_id, customer_id, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE deliveries (
    notice_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    channel TEXT NOT NULL,
    language TEXT NOT NULL,
    lane INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    lease INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    state TEXT NOT NULL,
    useful_until INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (notice_id, version, customer_id, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (channel, lane, due_at);
CREATE TABLE attempts (
    notice_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    channel TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    at INTEGER NOT NULL,
    phase TEXT NOT NULL,
    code TEXT NOT NULL,
    reply TEXT NOT NULL,
    took_ms REAL NOT NULL,
    PRIMARY KEY (notice_id, version, customer_id, channel, attempt, at)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger (
    customer_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    notice_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    channel TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    language TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (customer_id, notice_id, version, channel, outcome)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_by_notice ON ledger (notice_id, version, channel, outcome);
"""

#: Tables whose rows are never changed and never deleted, not even by hand.
APPEND_ONLY = ("ledger", "audit", "attempts", "notice_texts", "audience_members")
