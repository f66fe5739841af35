/** What every name of our metrics begins with. */
export const prefix = 'helpscout_sidebar_';
