-- The account query of a server whose role may only call the function that `npm run role` prints, where
-- the query in it names $2, Help Scout's number of the customer, and $3, the context. Name this file in ACCOUNT_QUERY_FILE.
--
-- What the query in it uses of agentId, conversationId and conversationNumber must be named here, too,
-- as in a line "-- context: agentId" in a copy of this file (docs/query.md).

select * from helpscout_sidebar.accounts($1, $2, $3);
