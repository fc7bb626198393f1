import { EventEmitter } from 'node:events';
import { type ServerResponse } from 'node:http';
import { beforeEach, expect, it } from '@jest/globals';
import { type Authority } from './authority.js';
import { RequestContext } from './request-context.js';

class Response extends EventEmitter {
  statusCode = 201;
  writableFinished = false;
  destroyed = false;

  close(writableFinished: boolean): void {
    Object.assign(this, { writableFinished, destroyed: true });
    this.emit('close');
  }
}

let response: Response;
let closed: [RequestContext, number][];
let context: RequestContext;
beforeEach(() => {
  [response, closed] = [new Response(), []];
  const raw = response as unknown as ServerResponse;
  context = new RequestContext(null, '192.0.2.1', raw, {} as Authority, (...record) => closed.push(record));
});

it.each([
  [true, 201],
  [false, 499],
])('a response that was sent completely (%s) is recorded once with status %i', (completed, status) => {
  expect(closed).toEqual([]);
  response.close(completed);
  expect(closed).toEqual([[context, status]]);
});

it.each([true, false])('a listener is called when the response closes, completed: %s', (completed) => {
  const calls: boolean[] = [];
  context.onClosed((isCompleted) => calls.push(isCompleted));
  expect(calls).toEqual([]);
  response.close(completed);
  expect(calls).toEqual([completed]);
});

it('a listener of a response that has closed is called immediately', () => {
  response.close(false);
  const calls: boolean[] = [];
  context.onClosed((isCompleted) => calls.push(isCompleted));
  expect(calls).toEqual([false]);
});

it('a response sets no cookies unless a handler adds them', () => {
  expect(context.cookies).toEqual([]);
});
