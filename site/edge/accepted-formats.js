/**
 * What CloudFront does with a request for a public picture before it looks whether it has an answer. Browsers say in many ways which
 * formats they take; what counts is whether AVIF and WebP are among them. CloudFront's JavaScript runtime 2.0 has no modules:
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
 */
// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it by its name.
function handler(event) {
  const request = event.request;
  const accept = request.headers.accept;
  const said = accept ? (accept.multiValue || [accept]).map((one) => one.value).join(",") : "";
  const taken = ["image/avif", "image/webp"].filter((type) =>
    said
      .toLowerCase()
      .split(",")
      .some((range) => range.split(";")[0].trim() === type && !/;\s*q=0(\.0*)?\s*(;|$)/.test(range)),
  );
  request.headers.accept = { value: taken.concat("image/*").join(",") };
  return request;
}
