-- The log of visits: a session is one row, whatever sockets and nodes it had. It is open while disconnected_at is null;
-- node_id is that of the node that has it, or had it last, which may be gone. The ids count the sessions.
create table visits (
  id bigint generated always as identity primary key,
  client_id text not null unique,
  username text not null,
  node_id uuid not null,
  connected_at timestamptz not null,
  disconnected_at timestamptz,
  close_code integer
);

create index on visits (node_id, id) where disconnected_at is null;
create index on visits (disconnected_at) where disconnected_at is not null;
