-- YOURS: what the server asks your database, through the function of the role that `npm run role`
-- prints. With plain grants instead, put a query as in sql/account.sql here.

select * from helpscout_sidebar.accounts($1);
