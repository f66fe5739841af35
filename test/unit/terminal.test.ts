import { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { paint, toTerminal } from '../../src/kit/terminal.ts';

afterEach(() => vi.unstubAllEnvs());

const fact = (label: string, value: string) =>
  `<li class="c-sb-list-item">
    <span class="c-sb-list-item__label">${label}
      <span class="c-sb-list-item__text red">${value}</span>
    </span>
  </li>`;

test('prints a fact a line, the values in a column', () => {
  const html = `<ul>${fact('Name', 'Fred Smith')}${fact('Customer since', '16 Mar 2021')}</ul>`;
  expect(toTerminal(html).split('\n')).toEqual([
    'Name                  Fred Smith',
    '  Customer since        16 Mar 2021',
  ]);
});

test('keeps a label apart from its value, however long it is', () => {
  const label = 'A label that is longer than the column';
  expect(toTerminal(fact(label, '48'))).toBe(`${label} 48`);
  expect(toTerminal(fact('x'.repeat(22), '48'))).toBe(`${'x'.repeat(22)} 48`);
});

test('prints headings, badges, sentences and lists', () => {
  const html = `
    <div class="c-sb-section">
      <h4>Smith &amp; Sons</h4>
      <p><span class="badge blue">Owner</span> <span class="badge green">
        Paid</span></p>
      <div class="c-sb-section--toggle">
        <div class="c-sb-section__title js-sb-toggle">Modules (2) <i class="caret"></i></div>
        <ul><li>Leave</li><li>Payroll</li></ul>
      </div>
    </div>
    <p>2 accounts match.</p>`;
  expect(toTerminal(html).split('\n')).toEqual([
    'Smith & Sons',
    '[Owner] [Paid]',
    '  Modules (2)',
    '    Leave',
    '    Payroll',
    '2 accounts match.',
  ]);
});

test('separates accounts by an empty line', () => {
  expect(toTerminal('<h4>One</h4><p>1</p><h4>Two</h4>')).toBe('One\n1\n\nTwo');
});

test('prints where a link leads', () => {
  const link = (text: string) => `<a href="https://x.example/?a=1&amp;b=2">${text}</a>`;
  expect(toTerminal(`<h4>${link('Smith')}</h4>`)).toBe('Smith <https://x.example/?a=1&b=2>');
  expect(toTerminal(fact('Stripe', link('cus_1')))).toBe(
    'Stripe                cus_1 <https://x.example/?a=1&b=2>',
  );
});

test('shows what customers call themselves as it is, without html', () => {
  expect(toTerminal('<p>&lt;b&gt;Smith&lt;/b&gt; &amp;amp; Sons</p>')).toBe(
    '<b>Smith</b> &amp; Sons',
  );
});

test('obeys no control character', () => {
  const text = toTerminal('<p>red\u001b[31m, bell\u0007,\r\nreturn, \u009b2J clear</p>');
  expect(text).toBe('red [31m, bell , return, 2J clear');
});

test('prints nothing for nothing', () => {
  expect(toTerminal('')).toBe('');
  expect(toTerminal('<!-- a note --> \n')).toBe('');
});

/** Makes standard output a terminal, or a pipe, in an environment with these variables only. */
function stubTerminal(isTerminal: boolean, env: Record<string, string>): void {
  for (const name of ['FORCE_COLOR', 'NO_COLOR', 'NODE_DISABLE_COLORS', 'TERM'])
    vi.stubEnv(name, env[name]);
  const { isTTY, getColorDepth } = process.stdout;
  onTestFinished(() => void Object.assign(process.stdout, { isTTY, getColorDepth }));
  // By default Node looks at all variables, CI and TMUX among them.
  const depth = () => WriteStream.prototype.getColorDepth.call(process.stdout, env);
  Object.assign(process.stdout, { isTTY: isTerminal, getColorDepth: depth });
}

test.each([
  ['a terminal', true, { TERM: 'xterm' }, true],
  ['not a pipe', false, { TERM: 'xterm' }, false],
  ['not a terminal with NO_COLOR', true, { TERM: 'xterm', NO_COLOR: '1' }, false],
  ['not a dumb terminal', true, { TERM: 'dumb' }, false],
  ['a pipe with FORCE_COLOR', false, { FORCE_COLOR: '1' }, true],
  ['with FORCE_COLOR in spite of NO_COLOR', false, { FORCE_COLOR: '3', NO_COLOR: '1' }, true],
  ['not with FORCE_COLOR=0', true, { TERM: 'xterm', FORCE_COLOR: '0' }, false],
])('colours %s', (_, isTerminal, env, isColoured) => {
  stubTerminal(isTerminal, env);
  expect(paint('x', 'purple')).toBe(isColoured ? '\u001b[35mx\u001b[39m' : 'x');
});

describe('in colour', () => {
  const marked = (html: string) =>
    toTerminal(html, (text, colour) => `${colour}<${text}>`).replace(/ {2,}/g, ' ');

  test.each([
    ['a badge by its tone', '<p><span class="badge green">Paid</span></p>', 'green<[Paid]>'],
    ['a badge without one not at all', '<p><span class="badge ">Canceled</span></p>', '[Canceled]'],
    ['an urgent notice', '<p><span class="red"> Late </span></p>', 'red<Late>'],
    ['a heading', '<h4>Smith</h4>', 'bold<Smith>'],
    ['where a link leads', '<p><a href="https://x.y">X</a></p>', 'X muted<<https://x.y>>'],
    [
      'a label and an urgent value',
      `<ul><li><span>Trial <span class="c-sb-list-item__text red">over
       now</span></span></li></ul>`,
      'muted<Trial > red<over now>',
    ],
  ])('shows %s', (_, html, line) => {
    expect(marked(html)).toBe(line);
  });

  test('keeps the values in their column', () => {
    const item = (tone: string) =>
      `<ul><li>Plan <span class="c-sb-list-item__text ${tone}">Team</span></li></ul>`;
    vi.stubEnv('FORCE_COLOR', '1');
    const [plain, painted] = [toTerminal(item('red')), toTerminal(item('red'), paint)];
    expect(stripVTControlCharacters(painted)).toBe(plain);
    expect(painted).not.toBe(plain);
  });

  test('takes no colours from what a customer calls himself', () => {
    const html = '<p><span class="red">\u001b[2J\u009b31mFred</span></p>';
    expect(marked(html)).toBe('red<[2J 31mFred>');
  });
});
