-- The account query of a server whose role may only call the function that the command `role` prints.
-- Name this file in ACCOUNT_QUERY_FILE.

select * from helpscout_sidebar.accounts($1);
