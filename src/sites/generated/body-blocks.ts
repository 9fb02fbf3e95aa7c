import { type Fragment, fragment, put, sentences, words } from './body-text.ts';
import type { LineWriter } from './line-writer.ts';
import { nastyFragments } from './nasty-text.ts';
import type { Prng } from './prng.ts';
import type { Vocabulary } from './vocabulary.ts';

/** What a block is written with. `taskId` counts the tasks of the page. */
export interface BlockContext {
  writer: LineWriter;
  random: Prng;
  vocabulary: Vocabulary;
  taskId: number;
  userKey: (random: number) => string;
}

type Block = (context: BlockContext) => void;

const tag = (name: string, attributes = ''): [Fragment, Fragment] => [fragment(`<${name}${attributes}>`), fragment(`</${name}>`)];
const [p, pEnd] = tag('p');
const [rtl] = tag('p', ' style="text-align: right;" dir="rtl"');
const headings = [tag('h1'), tag('h2'), tag('h2'), tag('h3'), tag('h4')];
const [ul, ulEnd] = tag('ul');
const [ol, olEnd] = tag('ol');
const [li, liEnd] = tag('li');
const [quote, quoteEnd] = tag('blockquote');
const tableOpen = fragment('<table class="wrapped"><colgroup><col /><col /><col /></colgroup><tbody>');
const tableEnd = fragment('</tbody></table>');
const [tr, trEnd] = tag('tr');
const [th, thEnd] = tag('th');
const [td, tdEnd] = tag('td');
const hr = fragment('<hr />');
const nasty = nastyFragments.map(fragment);
const macroEnd = fragment('</ac:structured-macro>');
const richBody = fragment('<ac:rich-text-body><p>');
const richBodyEnd = fragment('</p></ac:rich-text-body>');
const codeBody = fragment('<ac:plain-text-body><![CDATA[');
const codeBodyEnd = fragment(']]></ac:plain-text-body>');
const taskList = fragment('<ac:task-list>\n');
const taskListEnd = fragment('</ac:task-list>');
const languages = ['java', 'bash', 'sql', 'python', 'yaml', 'xml'];
const codeLines = [
  'public static void main(String[] args) {\n',
  '\tint total = rows[i] & 0xff; // <total>\n',
  '    if (a < b && c > d) {\n',
  "SELECT count(*) FROM content WHERE title LIKE '%\\_%';\n",
  'echo "$HOME" | sed \'s/\\t/ /g\' > /tmp/out\n',
  'print("done", end="\\n")\n',
  '<server port="8090" shutdown="SHUTDOWN"/>\n',
  '}\n\n',
  '  - name: "build & test"\n',
].map(fragment);
const statusColours = ['Green', 'Yellow', 'Red', 'Blue', 'Grey'];
const panels = ['info', 'note', 'tip', 'warning', 'panel', 'expand'];

function macro(context: BlockContext, name: string, parameters = ''): void {
  const hex = (context.random.next().toString(16) + context.random.next().toString(16)).padStart(16, '0').slice(0, 16);
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-9a1b-c0ffee${hex.slice(0, 6)}`;
  context.writer.text(`<ac:structured-macro ac:name="${name}" ac:schema-version="1" ac:macro-id="${id}">${parameters}`);
}

const parameter = (name: string, value: string) => `<ac:parameter ac:name="${name}">${value}</ac:parameter>`;

const paragraph: Block = ({ writer, random, vocabulary }) => {
  put(writer, vocabulary.rightToLeft ? rtl : p);
  sentences(writer, random, vocabulary, 1 + random.below(5));
  put(writer, pEnd);
};

const heading: Block = (context) => {
  const [open, close] = headings[context.random.below(headings.length)]!;
  put(context.writer, open);
  words(context.writer, context.random, context.vocabulary, 2 + context.random.below(5));
  put(context.writer, close);
  paragraph(context);
};

const bullets: Block = ({ writer, random, vocabulary }) => {
  const ordered = random.below(3) === 0;
  put(writer, ordered ? ol : ul);
  for (let i = 2 + random.below(6); i > 0; i--) {
    put(writer, li);
    words(writer, random, vocabulary, 2 + random.below(9));
    put(writer, liEnd);
  }
  put(writer, ordered ? olEnd : ulEnd);
};

const table: Block = ({ writer, random, vocabulary }) => {
  put(writer, tableOpen);
  const rows = 2 + random.below(7);
  for (let row = 0; row <= rows; row++) {
    put(writer, tr);
    for (let column = 0; column < 3; column++) {
      put(writer, row === 0 ? th : td);
      words(writer, random, vocabulary, 1 + random.below(row === 0 ? 2 : 6));
      put(writer, row === 0 ? thEnd : tdEnd);
    }
    put(writer, trEnd);
  }
  put(writer, tableEnd);
};

const code: Block = (context) => {
  const { writer, random } = context;
  macro(context, 'code', parameter('language', languages[random.below(languages.length)]!));
  put(writer, codeBody);
  for (let i = 2 + random.below(10); i > 0; i--) put(writer, codeLines[random.below(codeLines.length)]!);
  put(writer, codeBodyEnd);
  put(writer, macroEnd);
};

const panel: Block = (context) => {
  const { writer, random, vocabulary } = context;
  macro(context, panels[random.below(panels.length)]!);
  put(writer, richBody);
  sentences(writer, random, vocabulary, 1 + random.below(3));
  put(writer, richBodyEnd);
  put(writer, macroEnd);
};

const status: Block = (context) => {
  const { writer, random, vocabulary } = context;
  put(writer, p);
  words(writer, random, vocabulary, 3);
  writer.text(' ');
  const colour = statusColours[random.below(statusColours.length)]!;
  macro(context, 'status', parameter('colour', colour) + parameter('title', 'in progress'));
  put(writer, macroEnd);
  put(writer, pEnd);
};

const tasks: Block = (context) => {
  const { writer, random, vocabulary } = context;
  put(writer, taskList);
  for (let i = 1 + random.below(4); i > 0; i--) {
    const state = random.below(2) === 0 ? 'complete' : 'incomplete';
    writer.text(
      `<ac:task>\\n<ac:task-id>${++context.taskId}</ac:task-id>\\n<ac:task-status>${state}</ac:task-status>\\n<ac:task-body><ac:link><ri:user ri:userkey="${context.userKey(random.next())}" /></ac:link> `,
    );
    words(writer, random, vocabulary, 3 + random.below(8));
    writer.text(
      ` <time datetime="20${18 + random.below(7)}-0${1 + random.below(9)}-1${random.below(10)}" /></ac:task-body>\\n</ac:task>\\n`,
    );
  }
  put(writer, taskListEnd);
};

const mention: Block = (context) => {
  const { writer, random, vocabulary } = context;
  put(writer, p);
  writer.text(`<ac:link><ri:user ri:userkey="${context.userKey(random.next())}" /></ac:link> `);
  sentences(writer, random, vocabulary, 1);
  put(writer, pEnd);
};

const quotation: Block = ({ writer, random, vocabulary }) => {
  put(writer, quote);
  put(writer, p);
  sentences(writer, random, vocabulary, 1 + random.below(2));
  put(writer, pEnd);
  put(writer, quoteEnd);
};

const oddity: Block = ({ writer, random }) => put(writer, nasty[random.below(nasty.length)]!);

const listing: Block = (context) => {
  macro(context, ['toc', 'children', 'recently-updated', 'contributors'][context.random.below(4)]!);
  put(context.writer, macroEnd);
  put(context.writer, hr);
};

/** How often, of 64. */
const frequencies: [Block, number][] = [
  [paragraph, 27],
  [heading, 11],
  [bullets, 7],
  [table, 4],
  [code, 3],
  [panel, 3],
  [mention, 2],
  [status, 2],
  [tasks, 2],
  [quotation, 1],
  [listing, 1],
  [oddity, 1],
];
const blocks = frequencies.flatMap(([block, times]) => Array.from({ length: times }, () => block));

/** A block of a page, some 50 to 1,500 bytes: which one, and what is in it, the random numbers decide. */
export function writeBlock(context: BlockContext): void {
  blocks[context.random.next() & 63]!(context);
}
