// Says whether the definition is one: node validate.mjs <definition>
import { readFileSync } from 'node:fs';
import validate from 'asl-validator';

const { isValid, errorsText } = validate(JSON.parse(readFileSync(process.argv[2], 'utf8')));
console.log(isValid ? 'valid' : errorsText());
process.exitCode = isValid ? 0 : 1;
