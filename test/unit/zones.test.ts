import { describe, expect, test } from 'vitest';
import { railsZones, windowsZones } from '../../src/sidebar/zone-names.ts';
import { isUnknownZone, zoneOf } from '../../src/sidebar/zones.ts';

// Every instant is in the past: what clocks will show is what the Node's time-zone data say.
const summer = Date.parse('2020-07-22T15:14:00Z');
const winter = Date.parse('2020-12-22T15:14:00Z');
const january = Date.UTC(2025, 0, 1);

/** "+05:30" */
function aheadAt(ms: number, text: string): string | null {
  const minutes = (zoneOf(text)?.(ms) ?? Number.NaN) / 60_000;
  if (Number.isNaN(minutes)) return null;
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
}

/** In July and in December. */
const ahead = (text: string) => [aheadAt(summer, text), aheadAt(winter, text)];

/** The same, as Intl has it. */
function aheadInIntl(timeZone: string): (string | null)[] {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  return [summer, winter].map((ms) => {
    const name = format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value;
    return name === 'GMT' ? '+00:00' : (name?.slice(3) ?? null);
  });
}

const rowsOf = (table: string) =>
  [...table.matchAll(/^ {2}(.+) = (.+)$/gm)].map(
    ([, name = '', iana = '']) => [name, iana] as const,
  );

describe('a name of Rails', () => {
  test.each(rowsOf(railsZones))('%s is %s', (name, iana) => {
    expect(ahead(name)).toEqual(aheadInIntl(iana));
    expect(ahead(` ${name.toUpperCase()} `)).toEqual(aheadInIntl(iana));
    const title = `(GMT${aheadAt(january, iana)}) ${name}`;
    expect(ahead(title), title).toEqual(aheadInIntl(iana));
  });

  test('is one of 154', () => expect(rowsOf(railsZones)).toHaveLength(154));

  test.each([
    ['Sydney', ['+10:00', '+11:00']],
    ['Eastern Time (US & Canada)', ['-04:00', '-05:00']],
    ['Kathmandu', ['+05:45', '+05:45']],
    ['International Date Line West', ['-12:00', '-12:00']],
    ["Nuku'alofa", ['+13:00', '+13:00']],
    ['Astana', ['+06:00', '+06:00']],
    ['UTC', ['+00:00', '+00:00']],
  ])('%s is %j ahead of UTC', (name, offsets) => expect(ahead(name)).toEqual(offsets));
});

describe('a name of Windows', () => {
  test.each(rowsOf(windowsZones))('%s is %s', (name, iana) => {
    expect(ahead(name)).toEqual(aheadInIntl(iana));
    expect(ahead(name.toLowerCase().padEnd(60))).toEqual(aheadInIntl(iana));
  });

  test('is one of 139', () => expect(rowsOf(windowsZones)).toHaveLength(139));

  test.each([
    ['AUS Eastern Standard Time', ['+10:00', '+11:00']],
    ['W. Europe Standard Time', ['+02:00', '+01:00']],
    ['Central Asia Standard Time', ['+06:00', '+06:00']],
    ['Mountain Standard Time (Mexico)', ['-06:00', '-07:00']],
    ['UTC-11', ['-11:00', '-11:00']],
    ['UTC+12', ['+12:00', '+12:00']],
    ['(UTC+10:00) Canberra, Melbourne, Sydney', ['+10:00', '+11:00']],
    ['(UTC-05:00) Eastern Time (US & Canada)', ['-04:00', '-05:00']],
    ['(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna', ['+02:00', '+01:00']],
    ['(UTC+00:00) Dublin, Edinburgh, Lisbon, London', ['+01:00', '+00:00']],
  ])('%s is %j ahead of UTC', (name, offsets) => expect(ahead(name)).toEqual(offsets));
});

test.each([
  ['(UTC-07:00) La Paz, Mazatlan', 'America/Mazatlan'],
  ['(UTC-04:00) Georgetown, La Paz, Manaus, San Juan', 'America/La_Paz'],
  ['(GMT) Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London', 'Europe/Dublin'],
  ['(UTC-04:00) Cuiaba', 'America/Cuiaba'],
  ['(UTC+06:00) Bishkek', 'Asia/Bishkek'],
  ['(UTC+02:00) Beirut', 'Asia/Beirut'],
  ['(UTC+03:00) Beirut', 'Asia/Beirut'],
  ['GMT+10:00 Sydney', 'Australia/Sydney'],
  ['UTC+10 Sydney', 'Australia/Sydney'],
  ['+10:00 Sydney', 'Australia/Sydney'],
  ['(GMT+10:00)Sydney', 'Australia/Sydney'],
  ['(UTC+13:00) Samoa', 'Pacific/Apia'],
  ['(GMT-11:00) Samoa', 'Pacific/Pago_Pago'],
])('the title %s is %s, whose clocks agree with it', (title, iana) => {
  expect(ahead(title)).toEqual(aheadInIntl(iana));
});

test.each([
  ['(UTC-07:00) Chihuahua, La Paz, Mazatlan', '-07:00'],
  ['(UTC+06:00) Astana', '+06:00'],
])('the title %s has no other clocks than its own', (title, offset) => {
  // Both places changed their offset: what is known of it depends on the time-zone data.
  expect([offset, null]).toContain(aheadAt(january, title));
});

test.each([
  ['+10:00', '+10:00'],
  ['+5:30', '+05:30'],
  ['-3:30', '-03:30'],
  ['+10', '+10:00'],
  ['+1000', '+10:00'],
  ['-03:30', '-03:30'],
  ['\u221203:30', '-03:30'],
  ['UTC+10', '+10:00'],
  ['utc+10', '+10:00'],
  ['UTC +10', '+10:00'],
  ['UTC+10:00', '+10:00'],
  ['UTC+5:30', '+05:30'],
  ['UTC+0530', '+05:30'],
  ['UTC-3', '-03:00'],
  ['UTC\u22123', '-03:00'],
  ['GMT+10', '+10:00'],
  ['GMT-10', '-10:00'],
  ['GMT+0', '+00:00'],
  ['GMT-0', '+00:00'],
  ['GMT0', '+00:00'],
  ['(GMT+10:00)', '+10:00'],
])('%s is %s ahead of UTC: positive is east', (text, offset) => {
  expect(ahead(text)).toEqual([offset, offset]);
});

test.each([
  ['Etc/GMT+10', '-10:00'],
  ['Etc/GMT-10', '+10:00'],
  ['Etc/GMT0', '+00:00'],
  ['etc/gmt+5', '-05:00'],
  ['EST5', '-05:00'],
  ['AEST-10', '+10:00'],
  ['<+03>-3', '+03:00'],
  ['<-0330>3:30', '-03:30'],
  ['IST-5:30', '+05:30'],
  ['UTC0', '+00:00'],
])('%s is %s ahead of UTC: positive is west', (text, offset) => {
  expect(ahead(text)).toEqual([offset, offset]);
});

describe('a rule of POSIX', () => {
  test.each([
    ['EST5EDT,M3.2.0,M11.1.0', 'America/New_York'],
    ['EST5EDT,M3.2.0/2,M11.1.0/2', 'America/New_York'],
    ['AEST-10AEDT,M10.1.0,M4.1.0/3', 'Australia/Sydney'],
    ['GMT0BST,M3.5.0/1,M10.5.0', 'Europe/London'],
    ['IST-1GMT0,M10.5.0,M3.5.0/1', 'Europe/Dublin'],
    ['CET-1CEST,M3.5.0,M10.5.0/3', 'Europe/Paris'],
    ['NST3:30NDT,M3.2.0,M11.1.0', 'America/St_Johns'],
    ['<+1030>-10:30<+11>-11,M10.1.0,M4.1.0', 'Australia/Lord_Howe'],
    ['<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45', 'Pacific/Chatham'],
    ['IST-2IDT,M3.4.4/26,M10.5.0', 'Asia/Jerusalem'],
    ['<-04>4<-03>,M9.1.6/24,M4.1.6/24', 'America/Santiago'],
  ])('%s has the clocks of %s', (rule, iana) => {
    const [byRule, byIana] = [zoneOf(rule), zoneOf(iana)];
    // 2015 is before some of these rules began, and 2024 is as they are.
    for (let ms = Date.UTC(2023); ms < Date.UTC(2025); ms += 30 * 60_000)
      if (byRule?.(ms) !== byIana?.(ms)) expect.fail(new Date(ms).toISOString());
  });
});

test.each([
  ['AEST', '+10:00'],
  ['AEDT', '+11:00'],
  ['acst', '+09:30'],
  ['AWST', '+08:00'],
  ['NZST', '+12:00'],
  ['JST', '+09:00'],
  ['KST', '+09:00'],
  ['MSK', '+03:00'],
  ['CEST', '+02:00'],
  ['EST', '-05:00'],
  ['EDT', '-04:00'],
  ['MST', '-07:00'],
  ['HST', '-10:00'],
  ['UTC', '+00:00'],
  ['GMT', '+00:00'],
  ['Z', '+00:00'],
])('%s is %s ahead of UTC, in summer and in winter', (text, offset) => {
  expect(ahead(text)).toEqual([offset, offset]);
});

test.each([
  ...['BST', 'AST', 'SST', 'IST', 'ACT', 'bst', 'CST', 'PST', 'AET', 'AGT', 'ART', 'BET', 'CAT'],
  ...['CNT', 'CTT', 'ECT', 'IET', 'MIT', 'NET', 'NST', 'PLT', 'PNT', 'PRT', 'VST', 'WST', 'GST'],
])('%s, which may mean several places, is not guessed', (text) => {
  expect(zoneOf(text)).toBeNull();
  expect(isUnknownZone(text)).toBe(true);
});

test.each([
  ['Australia/Sydney', ['+10:00', '+11:00']],
  ['australia/sydney', ['+10:00', '+11:00']],
  ['America/New York', ['-04:00', '-05:00']],
  ['posix/Australia/Sydney', ['+10:00', '+11:00']],
  ['right/Australia/Sydney', ['+10:00', '+11:00']],
  [':Australia/Sydney', ['+10:00', '+11:00']],
  ['US/Pacific', ['-07:00', '-08:00']],
  ['America/Argentina/Buenos_Aires', ['-03:00', '-03:00']],
  ['EST5EDT', ['-04:00', '-05:00']],
  ['CET', ['+02:00', '+01:00']],
  ['Singapore', ['+08:00', '+08:00']],
  ['GB', ['+01:00', '+00:00']],
  ['Sydney'.padEnd(40), ['+10:00', '+11:00']],
  ['Australia/Sydney'.padEnd(255), ['+10:00', '+11:00']],
  ['\u200bAustralia/Sydney\u00a0', ['+10:00', '+11:00']],
  ['Sydney (GMT+10:00)', ['+10:00', '+11:00']],
])('%j is %j ahead of UTC', (text, offsets) => expect(ahead(text)).toEqual(offsets));

test.each([
  ...['Mars/Olympus', 'Europe/Atlantis', 'undefined', '<b>', 'x'.repeat(5_000), 'posix/', '10:00'],
  ...[
    '+5',
    '+530',
    '+100',
    '+24:00',
    'UTC+24',
    '+05:60',
    '+05:30:10',
    'UTC+5x',
    'Asia/\u212Aathmandu',
  ],
  // Each says one thing, and means another or nothing.
  ...['UTC10', 'EST-5', 'AEST+10', 'AEST-10AEDT', 'EST5EDT,J60,J300', 'EST5EDT,M3.2.0'],
  ...['(UTC+09:00) Sydney', '+10:00 BST', '(GMT+99:00) Sydney', '(XYZ) Sydney'],
  ...['(UTC+03:00) Nowhere', '(UTC+03:00) BST', 'SystemV/AST4', 'Factory', 'Etc/GMT+15'],
])('%j is not known', (text) => {
  expect(zoneOf(text)).toBeNull();
  expect(isUnknownZone(text)).toBe(true);
});

test.each([null, '', ' ', '\u200b'])('%j is none, which is not an unknown one', (text) => {
  expect(zoneOf(text)).toBeNull();
  expect(isUnknownZone(text)).toBe(false);
});

test('every zone that this Node lists is known by its name', () => {
  const missing = Intl.supportedValuesOf('timeZone').filter((name) => zoneOf(name) === null);
  expect(missing).toEqual([]);
});
