// Loaded into every server that is measured, by `node --import`: tells what it used, when asked.

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMs: (user + system) / 1_000, rssMb: process.memoryUsage.rss() / 2 ** 20 });
});
// Nothing is left running when the bench is killed.
process.on('disconnect', () => process.exit());
process.channel?.unref();
