-- A session outlives its socket: until away_until its row keeps the name from others, and any node may take the session
-- over by session_hash. Of several nodes that took it the one with the highest version has it.
alter table connections
  add column away_until timestamptz,
  add column version integer not null default 0;

create index on connections (session_hash);

create or replace view connected_users as
  select c.username, c.client_id, c.connected_at, c.node_id, c.username_key
  from connections c join nodes n using (node_id)
  where n.lease_until > clock_timestamp() and c.away_until is null;
