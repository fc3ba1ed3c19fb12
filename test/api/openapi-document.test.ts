import { describe, expect, it } from 'vitest';
import { finished, operationIdOf } from '../../src/api/openapi-document.ts';

const problem = { 'application/problem+json': { schema: { type: 'object' } } };
const made = {
  paths: {
    '/api/v1/things/{id}': {
      post: {
        summary: 'A thing',
        parameters: [
          { name: 'fill', required: true, schema: { default: 'null' } },
          { name: 'metric', required: true, schema: {} },
        ],
        requestBody: {
          content: {
            'application/json': {
              schema: {
                required: ['a', 'b'],
                properties: { a: { default: 1 }, b: { required: ['c'], properties: { c: { default: 2 } } } },
              },
            },
          },
        },
        responses: { 200: { description: 'Default Response' }, '4XX': { description: 'no', content: problem } },
      },
    },
    '/health': { get: { summary: 'Alive?', security: [], responses: { 200: { description: 'Default Response' } } } },
  },
  components: { securitySchemes: {} },
};

describe('the finished OpenAPI document', () => {
  it.each([
    ['get', '/api/v1/flags', 'getFlags'],
    ['get', '/api/v1/flags/{id}/history', 'getFlagsByIdHistory'],
    ['post', '/ofrep/v1/evaluate/flags/{key}', 'postOfrepEvaluateFlagsByKey'],
    ['get', '/api/v1/flag-copy', 'getFlagCopy'],
    ['get', '/health', 'getHealth'],
  ])('calls %s %s %s', (method, path, name) => {
    expect(operationIdOf(method, path)).toBe(name);
  });

  it('lets callers leave out what has a default, and leaves the schemas that validate alone', () => {
    const { post } = finished(made).paths['/api/v1/things/{id}'];
    expect(post.parameters.map(({ required }) => required)).toEqual([false, true]);
    expect(post.requestBody.content['application/json'].schema.required).toEqual(['b']);
    expect(post.requestBody.content['application/json'].schema.properties.b).toEqual({ properties: { c: { default: 2 } } });
    expect(made.paths['/api/v1/things/{id}'].post.parameters[0]?.required).toBe(true);
  });

  it('describes every answer, with one problem document for all who may refuse', () => {
    const { components, paths } = finished(made);
    const refused = {
      description: 'A problem document',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
    expect(paths['/api/v1/things/{id}'].post.responses).toEqual({ 200: { description: 'A thing' }, '4XX': refused, '5XX': refused });
    expect(paths['/health'].get.responses).toEqual({ 200: { description: 'Alive?' } });
    expect(components).toMatchObject({ securitySchemes: {}, schemas: { Problem: { type: 'object' } } });
  });
});
