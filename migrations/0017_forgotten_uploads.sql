-- When the owner of an upload was forgotten. Bytes that were on their way then are still to come: the sweep waits for them.
alter table uploads add column forgotten_at integer;
