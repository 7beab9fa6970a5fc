-- What a provider finished for somebody who has deleted it is paid, and ends as completed, but nothing of it is stored:
-- neither on its way, nor as a picture. Whoever does not know of the deletion is undone, and looks again.
drop trigger deleted_jobs_store_nothing;

create trigger deleted_jobs_store_nothing before update on jobs
when old.deleted_at is not null and new.state = 'storing' and new.state <> old.state
begin
  select raise(abort, 'job_is_deleted');
end;

create trigger deleted_jobs_have_no_images before insert on images
when exists (select 1 from jobs
             where account_id = new.account_id and id = new.job_id and deleted_at is not null)
begin
  select raise(abort, 'job_is_deleted');
end;
