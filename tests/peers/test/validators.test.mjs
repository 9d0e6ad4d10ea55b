import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { faultsOf } from '../validators/index.mjs';

const definitions = new URL('../definitions/', import.meta.url);
const example = (name) => JSON.parse(readFileSync(new URL(`example_${name}.json`, definitions)));

const html = Buffer.from('<!doctype html><title>Before your biopsy</title>');
const carePlan = {
  resourceType: 'CarePlan',
  id: 'plan',
  meta: { profile: ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-careplan'] },
  text: {
    status: 'generated',
    div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>Stop apixaban; last dose 16&#160;March.</p><br/><a href="https://example.org/x">source</a></div>',
  },
  contained: [{ resourceType: 'Goal', id: 'goal', lifecycleStatus: 'active', description: { text: 'No bleeding' }, subject: { reference: 'Patient/1' } }],
  identifier: [{ system: 'urn:biopsyfhir:careplan', value: 'abc' }],
  status: 'active',
  intent: 'plan',
  category: [{ coding: [{ system: 'http://hl7.org/fhir/us/core/CodeSystem/careplan-category', code: 'assess-plan' }] }],
  subject: { reference: 'Patient/1' },
  period: { start: '2026-03-11', end: '2026-03-19' },
  goal: [{ reference: '#goal' }],
  activity: [{ detail: { status: 'not-started', description: 'Hold apixaban', scheduledPeriod: { start: '2026-03-16', end: '2026-03-18' } } }],
};
const documentReference = {
  resourceType: 'DocumentReference',
  id: 'handout',
  text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Handout</div>' },
  identifier: [{ system: 'urn:biopsyfhir:document', value: 'abc' }],
  status: 'current',
  docStatus: 'final',
  type: { coding: [{ system: 'http://loinc.org', code: '34895-3' }] },
  category: [{ coding: [{ system: 'http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category', code: 'clinical-note' }] }],
  subject: { reference: 'Patient/1' },
  date: '2026-03-11T09:00:00-05:00',
  author: [{ reference: 'Practitioner/1' }],
  content: [{ attachment: {
    contentType: 'text/html', language: 'en', data: html.toString('base64'), size: html.length,
    hash: createHash('sha1').update(html).digest('base64'), title: 'Before your biopsy',
  } }],
  context: { encounter: [{ reference: 'Encounter/1' }], period: { start: '2026-03-11T09:00:00-05:00', end: '2026-03-11T09:10:00-05:00' } },
};

test('good resources pass', async (t) => {
  for (const file of readdirSync(definitions).filter((name) => name.startsWith('example_')))
    await t.test(file, () => assert.deepEqual(faultsOf(JSON.parse(readFileSync(new URL(file, definitions)))), []));
  await t.test('a care plan as we write it, also against US Core', () => assert.deepEqual(faultsOf(carePlan, { usCore: true }), []));
  await t.test('a document as we write it, also against US Core', () => assert.deepEqual(faultsOf(documentReference, { usCore: true }), []));
  await t.test('the discharge summary, also against US Core', () =>
    assert.deepEqual(faultsOf(example('us-core_documentreference-discharge-summary'), { usCore: true }), []));
});

const script = '<div xmlns="http://www.w3.org/1999/xhtml">';
const plan = (change) => [carePlan, change];
const doc = (change) => [documentReference, change];

// One fault each, and the validators of which at least one must see it.
const planted = {
  'a status outside its required codes': [...plan((r) => { r.status = 'actve'; }), 'fhir'],
  'no status': [...plan((r) => { delete r.status; }), 'medplum'],
  'no intent': [...plan((r) => { delete r.intent; }), 'medplum'],
  'no subject': [...plan((r) => { delete r.subject; }), 'medplum'],
  'an unknown element': [...plan((r) => { r.colour = 'red'; }), 'medplum'],
  'an unknown element deep inside': [...plan((r) => { r.activity[0].detail.colour = 'red'; }), 'schema'],
  'a list where one is meant': [...plan((r) => { r.status = ['active']; }), 'medplum'],
  'one where a list is meant': [...plan((r) => { r.category = r.category[0]; }), 'medplum'],
  'a number where text is meant': [...plan((r) => { r.title = 5; }), 'medplum'],
  'a date that is none': [...plan((r) => { r.period.start = '11.03.2026'; }), 'schema'],
  'a date-time without zone': [...doc((r) => { r.date = '2026-03-11T09:00:00'; }), 'schema'],
  'an activity with both detail and reference': [...plan((r) => { r.activity[0].reference = { reference: 'Task/1' }; }), 'medplum'],
  'an activity status outside its codes': [...plan((r) => { r.activity[0].detail.status = 'waiting'; }), 'fhir'],
  'no category for US Core': [...plan((r) => { delete r.category; }), 'us-core'],
  'another category than assess-plan': [...plan((r) => { r.category[0].coding[0].code = 'plan'; }), 'us-core'],
  'no narrative for US Core': [...plan((r) => { delete r.text; }), 'us-core'],
  'no document content': [...doc((r) => { delete r.content; }), 'medplum'],
  'no document category for US Core': [...doc((r) => { delete r.category; }), 'us-core'],
  'no document status': [...doc((r) => { delete r.status; }), 'medplum'],
  'a document status outside its codes': [...doc((r) => { r.docStatus = 'finished'; }), 'fhir'],
  'a null': [...plan((r) => { r.title = null; }), 'own'],
  'an empty string': [...plan((r) => { r.title = ''; }), 'own'],
  'an empty array': [...plan((r) => { r.note = []; }), 'own'],
  'an empty object': [...plan((r) => { r.encounter = {}; }), 'own'],
  'a period that ends before it starts': [...plan((r) => { r.period.end = '2026-03-10'; }), 'own'],
  'a date-time period that runs backward': [...doc((r) => { r.context.period.end = '2026-03-11T09:05:00-04:00'; }), 'own'],
  'a scheduled period that runs backward': [...plan((r) => { r.activity[0].detail.scheduledPeriod.end = '2026-03-15'; }), 'own'],
  'two scheduled[x]': [...plan((r) => { r.activity[0].detail.scheduledString = 'on Monday'; }), 'own'],
  'a script in the narrative': [...plan((r) => { r.text.div = `${script}<script>alert(1)</script>x</div>`; }), 'own'],
  'an event handler in the narrative': [...plan((r) => { r.text.div = `${script}<p onclick="x()">x</p></div>`; }), 'own'],
  'a javascript link in the narrative': [...plan((r) => { r.text.div = `${script}<a href="javascript:x()">x</a></div>`; }), 'own'],
  'a javascript link behind entities': [...plan((r) => { r.text.div = `${script}<a href="java&#x09;script:x()">x</a></div>`; }), 'own'],
  'a frame in the narrative': [...plan((r) => { r.text.div = `${script}<iframe src="https://example.org"></iframe>x</div>`; }), 'own'],
  'an unclosed element in the narrative': [...plan((r) => { r.text.div = `${script}<p>x</div>`; }), 'own'],
  'a bare ampersand in the narrative': [...plan((r) => { r.text.div = `${script}salt & pepper</div>`; }), 'own'],
  'a narrative without namespace': [...plan((r) => { r.text.div = '<div>x</div>'; }), 'own'],
  'a narrative that says nothing': [...plan((r) => { r.text.div = `${script}<p> </p></div>`; }), 'own'],
  'a contained resource that nothing refers to': [...plan((r) => { r.goal = [{ reference: 'Goal/1' }]; }), 'own'],
  'a reference to nothing contained': [...plan((r) => { r.goal.push({ reference: '#aim' }); }), 'own'],
  'a urn reference outside a bundle': [...plan((r) => { r.subject.reference = 'urn:uuid:0b5ac1ba-9a3d-4d42-9d0e-5f5c1f0ff0a1'; }), 'own'],
  'a reference to a type that is none': [...plan((r) => { r.subject.reference = 'Patent/1'; }), 'own'],
  'data without content type': [...doc((r) => { delete r.content[0].attachment.contentType; }), 'own'],
  'data that is not base64': [...doc((r) => { r.content[0].attachment.data = '<html>'; }), 'own'],
  'data cut short': [...doc((r) => { r.content[0].attachment.data = r.content[0].attachment.data.slice(0, -4); }), 'own'],
  'a wrong size': [...doc((r) => { r.content[0].attachment.size += 1; }), 'own'],
  'a hash of something else': [...doc((r) => { r.content[0].attachment.hash = createHash('sha1').update('x').digest('base64'); }), 'own'],
  'not a resource': [...plan((r) => { r.resourceType = 'Careplan'; }), 'own'],
};

test('each single planted fault is caught, by the validator that should', async (t) => {
  for (const [name, [good, change, by]] of Object.entries(planted))
    await t.test(name, () => {
      const bad = structuredClone(good);
      change(bad);
      const faults = faultsOf(bad, { usCore: true });
      assert.ok(faults.some((fault) => fault.by === by), `${by} is silent: ${JSON.stringify(faults)}`);
      for (const fault of faults) assert.ok(fault.where && fault.what, JSON.stringify(fault));
    });
});

test('a partial date that could mean a forward period is no fault', () => {
  for (const [start, end] of [['2026', '2026-03-01'], ['2026-03', '2026'], ['2026-03-11', '2026-03-11'], ['2026-03-11T23:00:00-05:00', '2026-03-11']])
    assert.deepEqual(faultsOf({ ...structuredClone(carePlan), period: { start, end } }, { usCore: true }), [], `${start} to ${end}`);
});

test('a large attachment is judged in bounded time', { timeout: 20_000 }, () => {
  const big = structuredClone(documentReference);
  const data = Buffer.alloc(6 * 1024 * 1024, 7);
  big.content[0].attachment = { contentType: 'application/pdf', data: data.toString('base64'), size: data.length };
  assert.deepEqual(faultsOf(big, { usCore: true }), []);
  big.content[0].attachment.data += '*';
  assert.notDeepEqual(faultsOf(big, { usCore: true }), []);
});
