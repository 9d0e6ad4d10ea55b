// Reads resources, one JSON text a line, on standard input; answers each with one line of JSON:
//   {"line": 1, "resourceType": "CarePlan", "id": "x", "faults": [{"by": "own", "where": "CarePlan.period", "what": "…"}]}
// --us-core holds each resource against its US Core 3.1.0 profile too. Ends with standard input; exit code 1 if any
// fault was found. As a person: npm run -s validate -- --us-core < resources.ndjson
import { createInterface } from 'node:readline';
import { faultsOf } from './validators/index.mjs';

const options = { usCore: process.argv.includes('--us-core') };
let line = 0;
let worst = 0;
for await (const text of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  line += 1;
  if (text.trim() === '') continue;
  let resource;
  let faults;
  try {
    resource = JSON.parse(text);
    faults = faultsOf(resource, options);
  } catch (error) {
    // Also a validator that falls over is a fault to look at, never a pass.
    faults = [{ by: 'own', where: `line ${line}`, what: String(error.message ?? error) }];
  }
  if (faults.length) worst = 1;
  process.stdout.write(JSON.stringify({ line, resourceType: resource?.resourceType, id: resource?.id, faults }) + '\n');
}
process.exitCode = worst;
