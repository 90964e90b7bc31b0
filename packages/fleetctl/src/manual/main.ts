import process from "node:process";
import { renderManPage } from "./man-page.ts";

// The build writes the page to a file beside the program.
process.stdout.write(renderManPage());
