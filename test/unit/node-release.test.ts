import { expect, test } from 'vitest';
import { checkNode } from '../../src/kit/doctor/settings.ts';
import { nodeRelease } from '../../src/server/node-release.ts';

const at = (day: string) => new Date(`${day}T23:59:59Z`);

test.each([
  [
    '20.20.2',
    '2026-04-30',
    'right',
    'Node 20.20.2, supported until 2026-04-30, time-zone data 2025c',
  ],
  [
    '20.20.2',
    '2026-05-01',
    'advice',
    'Node 20.20.2 reached its end of life on 2026-04-30, time-zone data 2025c',
  ],
  [
    '24.22.3',
    '2026-11-29',
    'right',
    'Node 24.22.3, supported until 2028-04-30, time-zone data 2025c',
  ],
  [
    '31.0.0',
    '2032-01-01',
    'right',
    'Node 31.0.0, newer than this sidebar knows, time-zone data 2025c',
  ],
])('Node %s on %s is %s', (node, day, state, says) => {
  const finding = checkNode(nodeRelease(at(day), { node, tz: '2025c' }));
  expect(finding).toMatchObject({ check: 'Node', state, says });
  expect(finding.todo).toBe(
    state === 'right' ? null : 'run Node 24 or later, as the Docker image does',
  );
});

test('a Node without ICU has unknown time-zone data', () => {
  expect(checkNode(nodeRelease(at('2026-11-29'), { node: '24.0.0' } as never)).says).toContain(
    'time-zone data unknown',
  );
});

test('describes the Node that runs', () => {
  expect(nodeRelease(new Date())).toMatchObject({
    version: process.versions.node,
    timeZoneData: process.versions['tz'],
  });
});
