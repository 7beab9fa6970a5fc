-- What a request says beside its pictures and words, as JSON: to show it, and to ask for the same again.
alter table jobs add column options text check (options is null or json_valid(options));
