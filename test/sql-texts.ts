/** Texts in which `$2` is no parameter, and a semicolon no end. */
export const texts = [
  `'$2 off;'`,
  `'it''s $2 off;'`,
  String.raw`'a backslash \' || '; $2'`,
  String.raw`E'it\'s $2 off;'`,
  String.raw`e'\\\'$2;'`,
  `E'first'\n'\\'$2;'`,
  `'first'\n'second $2;'`,
  `U&'\\0024 $2;'`,
  `'a -- b' || ' $2;'`,
  `'a /* b' || ' $2; */'`,
  `$$ it's $2; $$`,
  `$tag$ $$ $2; $other$ $tag$`,
  `$Tag$ $tag$ $2; $Tag$`,
  `$ünder_1$ $2; $ünder_1$`,
];
/** Names and comments of which the same is true. */
export const names = ['"$2;"', '"a ""$2;"" b"', 'U&"$2;"', 'name$2', 'a$2$b'];
export const comments = ['-- $2;', "-- it's $2;", '/* $2; */', "/* /* it's */ $2; */", '--/* $2;'];
