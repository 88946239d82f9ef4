// Executes the state machine, and the fresh executions it starts, on a clock of its own that jumps over every wait:
//   node run.mjs <definition> <url of the functions> <input> <start, in milliseconds>
// Each task is a POST to <url>/<state> with the clock in the header X-Now. One line of JSON a fact: state, wait, retry, output, error.
import { request } from 'node:http';
import { readFileSync } from 'node:fs';

// what Node 22 has and the executor needs
Promise.withResolvers ??= () => {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
};
const { StateMachine } = await import('aws-local-stepfunctions');

const [definitionFile, functions, input, start] = process.argv.slice(2);
const definition = JSON.parse(readFileSync(definitionFile, 'utf8'));
const tell = (fact) => console.log(JSON.stringify(fact));

let now = Number(start);
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...when) {
    super(...(when.length === 0 ? [now] : when));
  }
  static now() {
    return now;
  }
};
// A task's time-out is left alone, every other timer is a wait or a pause before a retry.
const timeouts = new Set(JSON.stringify(definition).match(/"TimeoutSeconds":\d+/g).map((field) => 1000 * field.split(':')[1]));
const realSetTimeout = globalThis.setTimeout;
globalThis.setTimeout = (done, millis = 0, ...more) => {
  if (timeouts.has(millis)) {
    return realSetTimeout(done, millis, ...more);
  }
  now += millis;
  return realSetTimeout(done, 0, ...more);
};

function call(state, payload) {
  return new Promise((resolve, reject) => {
    const sent = request(`${functions}/${state}`, { method: 'POST', headers: { 'X-Now': now } }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk));
      answer.on('end', () => {
        const body = JSON.parse(text);
        if (answer.statusCode === 200) {
          resolve(body);
        } else {
          const error = new Error(body.errorMessage);
          error.name = body.errorType;
          reject(error);
        }
      });
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(payload));
  });
}

const invoke = async (task) => ({ Payload: await call(task.FunctionName.replace(/[${}]/g, ''), task.Payload) });

let next = JSON.parse(input);
while (next) {
  const execution = new StateMachine(definition, { validationOptions: { checkArn: false } }).run(next, {
    overrides: {
      taskResourceLocalHandlers: {
        Dispatch: invoke,
        DispatchAsWorker: invoke,
        Report: invoke,
        GoOnAfresh: (task) => {
          tell({ afresh: task.Input });
          next = task.Input;
          return { ExecutionArn: 'arn:afresh', StartDate: 0 };
        },
      },
    },
    context: { Execution: { Input: next }, StateMachine: { Id: 'arn:machine' } },
  });
  next = undefined;
  const told = (async () => {
    for await (const event of execution.eventLogs) {
      if (event.type === 'StateEntered') {
        tell({ state: event.state.name });
      } else if (event.type === 'StateRetried') {
        tell({ retry: event.state.name });
      }
    }
  })();
  try {
    const output = await execution.result;
    await told;
    tell({ output, now });
  } catch (error) {
    await told;
    tell({ error: error.cause?.name ?? error.name, cause: String(error.cause?.message ?? error.message), now });
  }
}
