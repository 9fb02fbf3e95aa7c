/**
 * Storage-format fragments that are legal and that careless programs break on: ends of CDATA, escapes of COPY, tabs, carriage returns,
 * separators of Unicode, characters outside the BMP, spaces that matter.
 */
export const nastyFragments = [
  '<p>see rows[idx[0]] and ]] or ]]&gt; as text</p>',
  '<ac:structured-macro ac:name="code" ac:schema-version="1"><ac:plain-text-body><![CDATA[if (a[b[0]]]]><![CDATA[> 1) { return "<b>&amp;</b>"; }]]></ac:plain-text-body></ac:structured-macro>',
  '<ac:structured-macro ac:name="noformat" ac:schema-version="1"><ac:plain-text-body><![CDATA[\tC:\\Users\\name\\new\\temp\r\n\\\\server\\share\r\n\\N\t\\.\r\n]]></ac:plain-text-body></ac:structured-macro>',
  '<p>line\u2028separator, paragraph\u2029separator, zero\u200bwidth, soft\u00adhyphen, no\u00a0break, \u200fright\u200e-to-left</p>',
  '<p>e\u0301 a\u030a o\u0308\u0304 \u1100\u1161\u11a8 \u0915\u094d\u0937 and 𝒳𝔜 𠀋 😀 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿</p>',
  '<p>   spaces   before,   between   and   after   </p>',
  '<p>&quot;quotes&quot; &lsquo;and&rsquo; &ldquo;others&rdquo; &ndash; &mdash;&nbsp;&hellip; &lt;not-a-tag&gt; &amp;amp; &euro;</p>',
  "<p>$1 %s $(name) {{template}} {wiki} [link|page] \\1 `tick` 'single'</p>",
  '<p />',
  '<p><br /></p>\n\n\t<p>\r\n</p>',
];

/** Bodies of wiki markup or plain text (body type 0), where nothing needs to be well formed. */
export const plainBodies = [
  'h1. Old markup with ]]> inside\n\n{code}a\tb\\c{code}\r\n* one\r\n** two',
  'Plain words & <angle> "quotes"',
  '',
  ' ',
  '{panel:title=Note}[Home]{panel} !image.png|thumbnail!',
];
