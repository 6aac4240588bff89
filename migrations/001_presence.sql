-- Who is connected. A row belongs to a node's lease: a node that dies takes its rows with it, as soon as somebody else
-- deletes the node; until then the view leaves them out. Only the database's clock decides, so that nodes whose clocks
-- differ agree.
create table nodes (
  node_id uuid primary key,
  lease_until timestamptz not null,
  started_at timestamptz not null default clock_timestamp()
);

create table connections (
  client_id text primary key,
  username text not null,
  username_key text collate "C" not null,
  session_hash bytea not null,
  node_id uuid not null references nodes on delete cascade,
  connected_at timestamptz not null default clock_timestamp()
);

create unique index on connections (username_key);
create index on connections (node_id);

create view connected_users as
  select c.username, c.client_id, c.connected_at, c.node_id, c.username_key
  from connections c join nodes n using (node_id)
  where n.lease_until > clock_timestamp();
