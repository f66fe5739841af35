import { memoize } from './memoize.ts';
import { clean } from './text.ts';
import { railsZones, windowsZones } from './zone-names.ts';

/** How far a zone's clocks are ahead of UTC at an instant, in ms. */
export type Zone = (ms: number) => number;

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

/** A column may hold anything, and long texts. */
const maxLength = 100;
const maxTexts = 1_000;

/** The zone that a column names; null where it names none, or could mean several. */
export function zoneOf(text: string | null): Zone | null {
  const name = text === null ? '' : text.trim();
  return name.length <= maxLength ? readZone(name) : null;
}

/** Whether a column says something, and no zone that is known. */
export const isUnknownZone = (text: string | null): boolean =>
  text !== null && zoneOf(text) === null && clean(text) !== '';

const readZone = memoize(maxTexts, (text: string): Zone | null => {
  const written = clean(text).replace(/\s+/g, ' ').replaceAll('\u2212', '-');
  // Letters such as the sign of Kelvin are ASCII only in lower case.
  if (!/^[ -~]+$/.test(written)) return null;
  const name = written.toLowerCase();
  return byName(name) ?? byOffset(name) ?? byPosixRule(name) ?? byTitle(name);
});

function byName(name: string): Zone | null {
  const hours = abbreviations.get(name);
  if (hours !== undefined) return fixedZone(hours * hourMs);
  const spelled = name.replace(/^(?:posix|right)\/|^:/, '').replaceAll(' ', '_');
  const iana = aliases.get(name) ?? spelled;
  return ianaName.test(iana) ? ianaZone(iana) : null;
}

/** The names of Rails and Windows, in lower case. */
const aliases = new Map(
  `${windowsZones}${railsZones}`
    .toLowerCase()
    .split('\n')
    .map((line) => line.trim().split(' = ') as [string, string]),
);

/**
 * Intl also takes abbreviations, for other places than people mean: BST for Dhaka, AST for
 * Anchorage, IST for Calcutta.
 */
const ianaName = new RegExp(
  `^(?:(?:africa|america|antarctica|arctic|asia|atlantic|australia|brazil|canada|chile|etc|europe|
  indian|mexico|pacific|us)/[a-z0-9_+/-]+|cet|cst6cdt|cuba|eet|egypt|eire|est5edt|gb|gb-eire|gmt0|
  greenwich|hongkong|iceland|iran|israel|jamaica|japan|kwajalein|libya|met|mst7mdt|navajo|nz|
  nz-chat|poland|portugal|prc|pst8pdt|roc|rok|singapore|turkey|universal|w-su|wet)$`.replace(
    /\s+/g,
    '',
  ),
);

/** Hours ahead of UTC, of those with one meaning: CST, for one, is Chicago's and Shanghai's. */
const abbreviations = new Map(
  `utc 0, uct 0, gmt 0, z 0, zulu 0, west 1, cest 2, sast 2, eest 3, msk 3, eat 3, awst 8, hkt 8, jst 9,
   kst 9, acst 9.5, aest 10, acdt 10.5, aedt 11, nzst 12, nzdt 13, edt -4, est -5, mdt -6, mst -7, pdt -7,
   akdt -8, akst -9, hst -10`
    .split(/,\s+/)
    .map((entry) => entry.split(' ') as [string, string])
    .map(([name, hours]) => [name, Number(hours)]),
);

const fixedZone =
  (aheadMs: number): Zone =>
  () =>
    aheadMs;

/** "+05:30", "+5:30", "UTC+10", "(GMT-3)": east of Greenwich where positive. Node 20 has none. */
function byOffset(name: string): Zone | null {
  const [, named, sign, hours = '', minutes = 0] =
    /^(\(?(?:utc|gmt) ?)?([+-])(\d\d?)(?::?([0-5]\d))?\)?$/.exec(name) ?? [];
  const isShort = hours.length < 2 && named === undefined && !name.includes(':');
  if (sign === undefined || isShort || Number(hours) > 23) return null;
  return fixedZone(Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * minuteMs);
}

/**
 * "AEST-10AEDT,M10.1.0,M4.1.0/3": west of Greenwich where positive, as POSIX has it. Without its
 * rule, daylight saving would begin as in the United States.
 */
function byPosixRule(name: string): Zone | null {
  const [, standard = '', west, daylight, daylightWest, from, until] = posix.exec(name) ?? [];
  if (west === undefined) return null;
  const standardMs = -clockMs(west);
  const meant = abbreviations.get(standard);
  // "EST-5" is written by those who mean five hours behind, and says five ahead.
  if (meant !== undefined && meant * hourMs !== standardMs) return null;
  if (daylight === undefined) return fixedZone(standardMs);
  const daylightMs = daylightWest === undefined ? standardMs + hourMs : -clockMs(daylightWest);
  return (ms) => {
    const year = new Date(ms + standardMs).getUTCFullYear();
    const begin = changeMs(year, from ?? '') - standardMs;
    const end = changeMs(year, until ?? '') - daylightMs;
    const isDaylight = begin < end ? begin <= ms && ms < end : ms < end || begin <= ms;
    return isDaylight ? daylightMs : standardMs;
  };
}

const posix = new RegExp(
  '^(NAME)(CLOCK)(?:(NAME)(CLOCK)?,(DAY),(DAY))?$'
    .replaceAll('NAME', '[a-z]{3,}|<[a-z0-9+-]+>')
    .replaceAll('DAY', 'm\\d\\d?\\.[1-5]\\.[0-6](?:/CLOCK)?')
    .replaceAll('CLOCK', '[+-]?\\d{1,3}(?::[0-5]\\d){0,2}'),
);

/** "5", "-9:30" or "+10:00:00". */
function clockMs(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.replace(/^[+-]/, '').split(':').map(Number);
  return (text.startsWith('-') ? -1 : 1) * ((hours * 60 + minutes) * 60 + seconds) * 1_000;
}

/** "m3.2.0/3", the second Sunday of March at three; the fifth is the last. On the clock before it. */
function changeMs(year: number, rule: string): number {
  const [day = '', time = '2'] = rule.split('/');
  const [month = 0, week = 0, weekday = 0] = day.slice(1).split('.').map(Number);
  const first = new Date(Date.UTC(year, month - 1, 1));
  const date = 1 + ((weekday - first.getUTCDay() + 7) % 7) + (week - 1) * 7;
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return Date.UTC(year, month - 1, date > days ? date - 7 : date) + clockMs(time);
}

/**
 * "(GMT+10:00) Sydney" of Rails, "(UTC+10:00) Canberra, Melbourne, Sydney" of Windows. A place counts
 * where its clocks agree with the offset: La Paz is in Bolivia and in Mexico.
 */
function byTitle(name: string): Zone | null {
  const [, offset = '', places = ''] =
    /^(\((?:utc|gmt)[^)]*\) ?|(?:utc|gmt)?[+-][\d:]+ )(.+)$/.exec(
      name.replace(/^(.+?) ?(\((?:utc|gmt)[^)]*\))$/, '$2$1'),
    ) ?? [];
  const stated = byOffset(offset.trim()) ?? byName(offset.replace(/[() ]/g, ''));
  if (stated === null) return null;
  for (const place of [places, ...places.split(/, | : /)])
    for (const region of regions) {
      const zone = byName(region + place);
      if (zone !== null && titleDates.some((ms) => zone(ms) === stated(ms))) return zone;
    }
  return null;
}

/** Winter and summer, after Kazakhstan's and Mexico's changes of 2022 to 2024. */
const titleDates = [Date.UTC(2025, 0, 1), Date.UTC(2025, 6, 1)];

/** Windows names many cities that are IANA's: "(UTC+02:00) Beirut". */
const regions = ['', ...['america/', 'asia/', 'europe/', 'africa/', 'pacific/', 'atlantic/']];

/** Kept for good, some 600: Node frees the formatters of thousands so late that they fill memory. */
const ianaZones = new Map<string, Zone>();

function ianaZone(iana: string): Zone | null {
  const zone = ianaZones.get(iana) ?? createZone(iana);
  if (zone !== null) ianaZones.set(iana, zone);
  return zone;
}

/** Null when there is no such zone. */
function createZone(timeZone: string): Zone | null {
  let calendar: Intl.DateTimeFormat;
  try {
    calendar = new Intl.DateTimeFormat('en-US', {
      ...{ calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23', timeZone },
      ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    } as const);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }

  function aheadMs(ms: number): number {
    // Always "3/12/2027, 02:14:00". formatToParts takes half as long again.
    const [month = 0, day = 0, year = 0, ...time] = calendar.format(ms).split(/\D+/).map(Number);
    const [hour = 0, minute = 0, second = 0] = time;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1_000) * 1_000;
  }

  /** The same, for a whole week; null for a week in which the clocks are changed. */
  const allWeek = memoize(maxWeeks, (week: number) => {
    const ahead = aheadMs(week * weekMs);
    return ahead === aheadMs((week + 1) * weekMs - 1) ? ahead : null;
  });

  return (ms) => allWeek(Math.floor(ms / weekMs)) ?? aheadMs(ms);
}

/** Of each zone, ten years, in 14 KB. */
const maxWeeks = 512;
