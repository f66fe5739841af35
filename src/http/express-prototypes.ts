import { IncomingMessage, ServerResponse } from 'node:http';
import type { Express } from 'express';

type ExpressPrototypes = {
  IncomingMessage: typeof IncomingMessage;
  ServerResponse: typeof ServerResponse<IncomingMessage>;
};

/**
 * Classes for `createServer` that have Express's prototypes already. Express sets the prototypes of
 * every request and response, which cost 28 % of the CPU of an answer (Node 20): V8 forgets their
 * shapes. Setting what is there already costs nothing.
 */
export function expressPrototypes(app: Express): ExpressPrototypes {
  class Request extends IncomingMessage {}
  class Response extends ServerResponse<Request> {}
  Object.setPrototypeOf(Request.prototype, app.request);
  Object.setPrototypeOf(Response.prototype, app.response);
  app.request = Request.prototype as typeof app.request;
  app.response = Response.prototype as typeof app.response;
  return { IncomingMessage: Request, ServerResponse: Response };
}
