-- The account query of a server whose role may only call the function that `npm run role` prints, where
-- the query in it names $2, Help Scout's number of the customer. Name this file in ACCOUNT_QUERY_FILE.

select * from helpscout_sidebar.accounts($1, $2);
