-- Pictures people sent us. The bytes are in R2 under `uploads/{id}`.
create table uploads (
  account_id   text    not null,
  id           text    not null,
  content_type text    not null check (content_type in ('image/jpeg', 'image/png', 'image/webp')),
  bytes        integer not null check (bytes > 0),
  width        integer not null check (width > 0),
  height       integer not null check (height > 0),
  created_at   integer not null,
  expires_at   integer not null check (expires_at > created_at),
  primary key (account_id, id)
) strict, without rowid;
