// What none of the other validators catches.
import { createHash } from 'node:crypto';
import { choiceNames, resourceTypes, typeSuffixes } from '../lib/r4.mjs';
import { narrativeFaults } from './narrative.mjs';

export function own(resource) {
  const faults = [];
  const say = (where, what) => faults.push({ by: 'own', where, what });
  walk(resource, resource.resourceType, (node, path) => {
    periodRunsForward(node, path, say);
    oneTypeForEachChoice(node, path, say);
    attachmentIsWhatItSays(node, path, say);
    referenceCanBeFollowed(node, path, resource, say);
    if (typeof node.div === 'string' && typeof node.status === 'string')
      for (const what of narrativeFaults(node.div)) say(`${path}.div`, what);
  }, say);
  if (resource.resourceType !== 'Bundle') containedIsUsed(resource, say);
  return faults;
}

function walk(value, path, visit, say) {
  if (Array.isArray(value)) {
    if (value.length === 0) say(path, 'an empty array');
    value.forEach((item, i) => {
      // null is a placeholder only in an array of primitives with extensions beside it; medplum judges that.
      if (item !== null) walk(item, `${path}[${i}]`, visit, say);
    });
  } else if (value === null) say(path, 'null');
  else if (typeof value === 'object') {
    if (Object.keys(value).length === 0) say(path, 'an empty object');
    visit(value, path);
    for (const [key, child] of Object.entries(value)) walk(child, `${path}.${key}`, visit, say);
  } else if (typeof value === 'string' && value.trim() === '') say(path, 'an empty string');
}

/** First and last millisecond that a partial date can mean. A date without zone is read as UTC, with a day of slack. */
function span(text) {
  const match = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(T.+)?)?)?$/.exec(text);
  if (!match) return undefined;
  const [, year, month, day, time] = match;
  if (time) return [Date.parse(text), Date.parse(text)];
  const from = Date.UTC(+year, month ? month - 1 : 0, day ?? 1);
  const to = day ? Date.UTC(+year, month - 1, +day + 1) : month ? Date.UTC(+year, +month, 1) : Date.UTC(+year + 1, 0, 1);
  return [from - 14 * 3_600_000, to + 14 * 3_600_000];
}

function periodRunsForward({ start, end }, path, say) {
  if (typeof start !== 'string' || typeof end !== 'string') return;
  const [from, to] = [span(start), span(end)];
  // Two values of the same precision compare as text; zones matter only between a date and an instant.
  const backward = start.length === end.length && start.length <= 10 ? end < start : from && to && to[1] < from[0];
  if (backward) say(path, `ends (${end}) before it starts (${start})`);
}

function oneTypeForEachChoice(node, path, say) {
  const seen = new Map();
  for (const key of Object.keys(node))
    for (let i = 1; i < key.length; i++) {
      const [stem, suffix] = [key.slice(0, i), key.slice(i)];
      if (!choiceNames.has(stem) || !typeSuffixes.has(suffix)) continue;
      if (seen.has(stem)) say(path, `both ${seen.get(stem)} and ${key}: ${stem}[x] takes one`);
      seen.set(stem, key);
    }
}

function attachmentIsWhatItSays(node, path, say) {
  if (typeof node.data !== 'string' || !/(attachment|photo|content|valueAttachment|contentAttachment)(\[\d+\])?$/.test(path) && !('contentType' in node))
    return;
  if (typeof node.contentType !== 'string') say(path, 'data without contentType');
  const text = node.data.replace(/\s/g, '');
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) return say(`${path}.data`, 'not base64');
  if (node.size !== undefined && node.size !== bytes.length) say(`${path}.size`, `${node.size}, but data is ${bytes.length} bytes`);
  if (node.hash !== undefined && node.hash !== createHash('sha1').update(bytes).digest('base64')) say(`${path}.hash`, 'not the SHA-1 of data');
}

function referenceCanBeFollowed({ reference, type }, path, resource, say) {
  if (typeof reference !== 'string') return;
  if (reference.startsWith('#')) {
    if (reference !== '#' && resource.resourceType !== 'Bundle' && !resource.contained?.some(({ id }) => `#${id}` === reference))
      say(path, `${reference} is not contained`);
  } else if (reference.startsWith('urn:')) {
    if (resource.resourceType !== 'Bundle') say(path, `${reference} can be followed only inside a Bundle`);
  } else {
    const match = /^(?:https?:\/\/[^\s]+\/)?([A-Za-z]+)\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/.exec(reference);
    if (!match) return say(path, `"${reference}" is not a reference`);
    if (!resourceTypes.has(match[1])) say(path, `${match[1]} is not an R4 resource type`);
    if (type !== undefined && type !== match[1]) say(path, `type ${type}, but refers to ${match[1]}`);
  }
}

function containedIsUsed(resource, say) {
  if (!resource.contained) return;
  const { contained, ...outer } = resource;
  const text = JSON.stringify(outer);
  for (const inner of contained) {
    const mention = JSON.stringify({ reference: `#${inner.id}` }).slice(1, -1);
    const pointsOut = JSON.stringify(inner).includes('"reference":"#"'); // R4: or it refers to its container
    const byAnother = contained.some((other) => other !== inner && JSON.stringify(other).includes(mention));
    if (!text.includes(mention) && !byAnother && !pointsOut) say(`${resource.resourceType}.contained`, `#${inner.id} is not referred to`);
  }
}
