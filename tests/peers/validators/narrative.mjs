// R4 narrative (constraints txt-1 and txt-2): well-formed XHTML with basic formatting only; nothing that runs or loads.
const elements = new Set(
  ('a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img li ' +
    'ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var').split(' '));
const attributes = new Set(
  ('abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign char charoff charset cite class ' +
    'colspan compact coords dir frame headers height href hreflang hspace id lang longdesc name nowrap rel rev rowspan rules scope ' +
    'shape span src start style summary tabindex title type valign value vspace width xml:lang xmlns').split(' '));
const token = /<!--[\s\S]*?-->|<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|<|&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9A-Fa-f]+);)/g;

/** Whether a link has a scheme other than the harmless ones, also when entities or white space hide it. */
function runsOrHides(link) {
  const plain = link.replace(/&#(x?)([0-9a-f]+);/gi, (_, hex, digits) => String.fromCodePoint(parseInt(digits, hex ? 16 : 10))).replace(/[\0-\x20]/g, '');
  return /^[a-z][a-z0-9+.-]*:/i.test(plain) && !/^(https?:|mailto:|tel:|data:image\/(png|jpeg|gif);)/i.test(plain);
}

export function narrativeFaults(div) {
  const faults = [];
  const open = [];
  let said = false;
  let roots = 0;
  const outside = () => open.length === 0;
  let end = 0;
  for (const match of div.matchAll(token)) {
    const text = div.slice(end, match.index);
    if (text.trim()) outside() ? faults.push('text outside the div') : (said = true);
    end = match.index + match[0].length;
    if (match[0].startsWith('<!--')) continue;
    const [, closing, name, attributeText, selfClosing] = match;
    if (!name) {
      faults.push(`not well-formed XHTML at "${div.slice(match.index, match.index + 30)}"`);
      continue;
    }
    if (!elements.has(name)) faults.push(`element <${name}> is not allowed`);
    if (closing) {
      if (open.pop() !== name) faults.push(`</${name}> closes nothing`);
      continue;
    }
    if (outside()) {
      roots += 1;
      if (name !== 'div') faults.push('the root is not a div');
      if (!/\sxmlns\s*=\s*["']http:\/\/www\.w3\.org\/1999\/xhtml["']/.test(attributeText)) faults.push('the div lacks the XHTML namespace');
    }
    for (const [, key, , double, single] of attributeText.matchAll(/([\w:-]+)\s*=\s*("([^"]*)"|'([^']*)')/g)) {
      const value = (double ?? single).trim();
      if (!attributes.has(key)) faults.push(`attribute ${key} is not allowed`);
      if ((key === 'href' || key === 'src') && runsOrHides(value)) faults.push(`${key} "${value.slice(0, 20)}" is not a plain link`);
    }
    if (name === 'img') said = true;
    if (!selfClosing) open.push(name);
  }
  if (div.slice(end).trim()) faults.push('text outside the div');
  if (open.length) faults.push(`<${open.at(-1)}> is not closed`);
  if (roots !== 1) faults.push('not exactly one div');
  if (!said) faults.push('says nothing');
  return faults;
}
