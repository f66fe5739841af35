/** The parameters of an SQL text that stand outside of comments, each once, in their order. */
export function parametersOf(sql: string): string[] {
  const code = sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ');
  return [...new Set(code.match(/\$\d+/g))].sort();
}

/** Whether a query finds accounts by `$2`, the customer's id in Help Scout, as well. */
export const asksForCustomerId = (sql: string): boolean => parametersOf(sql).includes('$2');
