import { about, type Finding } from '../../domain/finding.ts';
import { type NodeRelease, nodeRemedy } from '../../server/node-release.ts';

/** Whether Node itself still gets security fixes, and which time-zone data it has. */
export function checkNode(release: NodeRelease): Finding {
  const { version, timeZoneData, supportedUntil, isSupported } = release;
  const { right, advice } = about('Node');
  const data = `time-zone data ${timeZoneData ?? 'unknown'}`;
  if (!isSupported)
    return advice(
      `Node ${version} reached its end of life on ${supportedUntil}, ${data}`,
      nodeRemedy,
    );
  return right(
    supportedUntil === null
      ? `Node ${version}, newer than this sidebar knows, ${data}`
      : `Node ${version}, supported until ${supportedUntil}, ${data}`,
  );
}
