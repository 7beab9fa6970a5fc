-- What was removed, and when. Pictures go by their age, a job at its user's word, and everything of somebody who wants to
-- be forgotten. Rows that tell of credits stay.
alter table uploads add column removed_at integer;
alter table jobs add column deleted_at integer;         -- its user wants nothing more of it; it is shown to nobody
alter table jobs add column images_removed_at integer;  -- its pictures are gone, and so are their rows

-- The sweep's lists of what may have to go.
create index uploads_kept on uploads (created_at) where removed_at is null;
create index images_kept on images (created_at);
create index jobs_to_clear on jobs (deleted_at) where deleted_at is not null and images_removed_at is null;

-- Whoever brings pictures home without knowing that nobody wants them any more is undone, and looks again.
create trigger deleted_jobs_store_nothing before update on jobs
when old.deleted_at is not null and new.state in ('storing', 'completed') and new.state <> old.state
begin
  select raise(abort, 'job_is_deleted');
end;
