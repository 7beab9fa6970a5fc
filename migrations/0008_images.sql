-- Finished pictures. The bytes are in R2 under `results/{job_id}/{position}`.
create table images (
  account_id   text    not null,
  job_id       text    not null,
  position     integer not null check (position >= 0),
  content_type text    not null check (content_type in ('image/jpeg', 'image/png', 'image/webp')),
  bytes        integer not null check (bytes > 0),
  width        integer not null check (width > 0),
  height       integer not null check (height > 0),
  created_at   integer not null,
  primary key (account_id, job_id, position),
  foreign key (account_id, job_id) references jobs (account_id, id)
) strict, without rowid;
