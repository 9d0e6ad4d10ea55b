import assert from 'node:assert/strict';
import test from 'node:test';

test('the Node among the npm parts is 22 and loads the FHIR packages, which Node 20 cannot', async () => {
  assert.equal(process.versions.node.split('.')[0], '22');
  const { FhirRouter } = await import('@medplum/fhir-router');
  assert.equal(typeof FhirRouter, 'function');
});
