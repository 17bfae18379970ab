// run.js MODULE: checks that the module's four operations give the RFCs' values.
const fs = require("fs");

const octets = fs.readFileSync(process.argv[2]);
WebAssembly.instantiate(octets, {}).then(({ instance }) => {
  const start = process.hrtime.bigint();
  const good = instance.exports.run();
  const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
  console.log(`${good} of 4 operations, ${octets.length} octets, ${milliseconds.toFixed(0)} ms`);
  process.exit(good === 4 ? 0 : 1);
});
