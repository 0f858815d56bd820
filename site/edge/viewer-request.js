/**
 * What CloudFront does with a request before it looks for an answer, in its JavaScript runtime 2.0, which has no modules:
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
 *
 * `/api/images` is `/images` of the API. What has no extension is a place in the page, whose one document knows it. Doing
 * that here, and not by an error page, leaves a missing file and the API's own errors what they are.
 */
// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it by its name.
function handler(event) {
  const request = event.request;
  if (request.uri.startsWith("/api/")) request.uri = request.uri.slice("/api".length);
  else if (!/\.[^/]+$/.test(request.uri)) request.uri = "/index.html";
  return request;
}
