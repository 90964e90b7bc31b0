import process from "node:process";
import { renderManPage } from "./man-page.ts";

// What the build puts beside the program.
process.stdout.write(renderManPage());
