import fc from 'fast-check';

// Test support: entities.xml files of every shape that the format allows, and some that it does not.

/** Stands for a byte that is not UTF-8, put in when the text becomes bytes. */
const badByte = '\ue000';

const plainAtoms = [
  'a',
  'Zz 9',
  ' ',
  '  ',
  '\n',
  '\t',
  'é',
  '漢字',
  '😀',
  '\u2028',
  '\u200b',
  '\ufeff',
  '>',
  '"',
  "'",
  ']',
  ']]',
  ']] ',
  ']]] ',
  '\u00a0',
];
const oddAtoms = ['\r\n', '\r', '\x01', '\x08', '\x1c', '\x00', '\uffff', '\ufffe', '\ufffd', badByte];
const referenceAtoms = [
  '&amp;',
  '&lt;',
  '&gt;',
  '&quot;',
  '&apos;',
  '&#13;',
  '&#10;',
  '&#x1F600;',
  '&#32;',
  '&#1;',
  '&#xFFFE;',
  '&#xD800;',
  '&#9999999999;',
];
const unknownAtoms = ['&nbsp;', '&', '& ', '&&amp;', '&;', '&#;', '&#x;', '&amp', '&constructor;', '&a b;'];
const cdataAtoms = [
  '<p>',
  '</property>',
  '</object>',
  '<object class="X" package="y">',
  '<![CDATA[',
  ']] >',
  ']] ]>',
  '&nbsp;',
  '&amp;',
  '<!--',
  '<?x',
];

const noCdataEnd = (text: string) => text.replaceAll(']]>', ']] >');
const join = (atoms: string[], maxLength = 6) =>
  fc.array(fc.constantFrom(...atoms), { maxLength }).map((parts) => noCdataEnd(parts.join('')));

// Without brackets at the end: two texts side by side must not make the `]]>` that XML forbids there.
const plain = join([...plainAtoms, ...oddAtoms, ...referenceAtoms, ...unknownAtoms]).map((text) => text.replace(/\]+$/, ''));
const cdata = join([...plainAtoms, ...oddAtoms, ...cdataAtoms], 8).map((text) => `<![CDATA[${text}]]>`);
const comment = fc.constantFrom('<!-- c -->', '<?pi <x> ?>', '<!-- x><object class="a"> -->');
const content = fc.oneof(
  { weight: 3, arbitrary: plain },
  { weight: 3, arbitrary: cdata },
  fc.array(fc.oneof(plain, cdata, comment), { maxLength: 4 }).map((parts) => parts.join('')),
);
const gap = fc.constantFrom('', '\n', '\n    ', '\r\n', ' <!-- <object> --> ');

const attributeAtoms = [
  'a',
  'Name',
  '.',
  ' ',
  '\n',
  '\t',
  '>',
  'é',
  '漢',
  '&amp;',
  '&lt;',
  '&#10;',
  '&nbsp;',
  '\x01',
  '/',
  '=',
  ']]',
];
const attributeText = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('title', 'body', 'creator', 'Page', 'com.atlassian.confluence.pages', 'x'.repeat(200)),
  },
  join(attributeAtoms),
);

/** Attributes in any order, in either kind of quotes. */
function attributes(names: string[]): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.shuffledSubarray(names, { minLength: names.length }),
      fc.array(fc.tuple(attributeText, fc.boolean(), fc.constantFrom(' ', '  ', '\n')), {
        minLength: names.length,
        maxLength: names.length,
      }),
    )
    .map(([order, values]) =>
      order
        .map((name, i) => `${values[i]![2]}${name}${values[i]![1] ? `="${values[i]![0]}"` : ` = '${values[i]![0]}'`}`)
        .join(''),
    );
}

const idText = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  fc.constantFrom('ff8080814', '<![CDATA[ff80 8081]]>', ' 12\n', '', '<![CDATA[]]>', '1<![CDATA[2]]>3'),
);
const id = fc.tuple(attributes(['name']), idText).map(([names, text]) => `<id${names}>${text}</id>`);
const idOrNone = fc.oneof({ weight: 6, arbitrary: id }, fc.constantFrom('', '<id name="id"/>', '<id name="id"></id>'));

const wrap = (tag: string, names: string[], inner: fc.Arbitrary<string>) =>
  fc
    .tuple(attributes(names), inner, fc.constantFrom('', ' ', '\n'))
    .map(([text, within, space]) => `<${tag}${text}>${within}</${tag}${space}>`);
const selfClosed = (tag: string, names: string[]) => attributes(names).map((text) => `<${tag}${text}/>`);

const valueProperty = fc.oneof(
  wrap('property', ['name'], content),
  wrap('property', ['name', 'type'], content),
  selfClosed('property', ['name', 'type']),
);
const element = fc.oneof(
  wrap('element', ['class', 'package'], idOrNone),
  wrap('element', ['enum-class', 'package'], content),
  wrap('element', ['name', 'type'], content),
  wrap('element', [], content),
  selfClosed('element', ['class', 'package']),
  selfClosed('element', ['name']),
);
const spaced = (child: fc.Arbitrary<string>, maxLength: number) =>
  fc.array(fc.tuple(gap, child), { maxLength }).map((parts) => `${parts.flat().join('')}\n`);
const unknownElement = fc.constantFrom(
  '<position>3</position>',
  '<position/>',
  '<x><property name="a">b</property><![CDATA[</object>]]><!-- </x> --><y/></x>',
);
const field = fc.oneof(
  { weight: 4, arbitrary: valueProperty },
  {
    weight: 2,
    arbitrary: wrap(
      'property',
      ['name', 'class', 'package'],
      fc.tuple(gap, idOrNone, gap).map((parts) => parts.join('')),
    ),
  },
  wrap('property', ['name', 'enum-class', 'package'], content),
  selfClosed('property', ['name', 'enum-class', 'package']),
  selfClosed('property', ['name', 'class', 'package']),
  wrap('component', ['name'], spaced(valueProperty, 3)),
  selfClosed('component', ['name']),
  wrap('collection', ['name', 'class'], spaced(element, 4)),
  wrap('collection', ['name'], spaced(element, 2)),
  selfClosed('collection', ['name']),
  wrap('property', ['type'], content),
  unknownElement,
  wrap(
    'property',
    ['name'],
    fc.tuple(content, unknownElement, content).map((parts) => parts.join('')),
  ),
);
const identity = fc.oneof(
  { weight: 5, arbitrary: idOrNone },
  wrap('composite-id', [], spaced(valueProperty, 3)),
  fc.constant('<composite-id/>'),
);
const object = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(attributes(['class', 'package']), identity, spaced(field, 6), gap)
      .map(([names, first, fields, end]) => `<object${names}>\n${first}${fields}${end}</object>`),
  },
  selfClosed('object', ['class', 'package']),
  selfClosed('object', ['class']),
);

/** The text as bytes, with bytes that are not UTF-8 where the text asks for them. */
export function documentBytes(text: string): Buffer {
  return Buffer.from(Buffer.from(text).toString('latin1').replaceAll(Buffer.from(badByte).toString('latin1'), '\xff'), 'latin1');
}

/** Files that XML allows (except for characters and entities): what a general parser makes of them is right. */
export const xmlDocument: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.constantFrom('', '\ufeff'),
    fc.constantFrom(
      '',
      '<?xml version="1.0" encoding="UTF-8"?>\n',
      "<?xml version='1.0' encoding='utf-8' standalone='yes'?>",
      '<?xml version="1.0"?>\n<!-- x -->\n',
    ),
    fc.constantFrom(' datetime="2016-05-10 17:04:43"', '', " datetime='2024-05-35'"),
    fc.array(fc.tuple(gap, object), { maxLength: 4 }),
    fc.constantFrom('', '\n', '\n<!-- end -->\n', '<?pi?>'),
  )
  .map(([mark, declaration, datetime, objects, end]) =>
    documentBytes(`${mark}${declaration}<hibernate-generic${datetime}>${objects.flat().join('')}\n</hibernate-generic>${end}`),
  );

/** A file with some bytes changed, removed, put in or doubled. */
export const damagedDocument: fc.Arbitrary<Buffer> = fc
  .tuple(
    xmlDocument,
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.nat(40),
        fc.constantFrom('change', 'remove', 'insert', 'double'),
        fc.constantFrom(
          '<',
          '>',
          '"',
          '&',
          ']',
          '<!',
          '<![CDATA[',
          ']]>',
          '<object ',
          '</object>',
          '</',
          '/',
          '\xff',
          '\0',
          '<!--',
        ),
      ),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([file, changes]) => {
    let bytes = file;
    for (const [place, length, what, text] of changes) {
      const at = place % (bytes.length + 1);
      const before = bytes.subarray(0, at);
      const part = bytes.subarray(at, at + length);
      const after = bytes.subarray(at + length);
      const inserted = Buffer.from(text, 'latin1');
      if (what === 'change') bytes = Buffer.concat([before, inserted, bytes.subarray(at + inserted.length)]);
      else if (what === 'remove') bytes = Buffer.concat([before, after]);
      else if (what === 'insert') bytes = Buffer.concat([before, inserted, part, after]);
      else bytes = Buffer.concat([before, part, part, after]);
    }
    return bytes;
  });
