//===- HipPolicyText.cpp - How policies are written
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipDialect.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::hip;

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

namespace {
/// `name = value` of a policy, and what reads the value.
struct Parameter {
  StringRef name;
  std::function<ParseResult(AsmParser &)> parse;
};
} // namespace

static ParseResult parseNumber(AsmParser &parser, StringRef name,
                               int64_t &value) {
  SMLoc loc = parser.getCurrentLocation();
  APInt number;
  OptionalParseResult parsed = parser.parseOptionalInteger(number);
  if (!parsed.has_value())
    return parser.emitError(loc) << "'" << name << "' has to be an integer";
  if (failed(*parsed))
    return failure();
  if (number.getSignificantBits() > 64)
    return parser.emitError(loc)
           << name << " = " << llvm::toString(number, 10, /*Signed=*/true)
           << ", but it has to fit 64 bits";
  value = number.getSExtValue();
  return success();
}

static Parameter number(StringRef name, int64_t &value) {
  return {name, [name, &value](AsmParser &parser) {
            return parseNumber(parser, name, value);
          }};
}

template <typename Enum>
static Parameter choice(StringRef name, Enum &value, StringRef choices,
                        std::optional<Enum> (*symbolize)(StringRef)) {
  return {name, [=, &value](AsmParser &parser) -> ParseResult {
            StringRef keyword;
            SMLoc loc = parser.getCurrentLocation();
            std::optional<Enum> parsed;
            if (succeeded(parser.parseOptionalKeyword(&keyword)))
              parsed = symbolize(keyword);
            if (!parsed)
              return parser.emitError(loc) << name << " is '" << keyword
                                           << "', but there are " << choices;
            value = *parsed;
            return success();
          }};
}

static Parameter representative(Representative &value) {
  return choice("representative", value, "first, center and last",
                symbolizeRepresentative);
}
static Parameter reduce(RowReduce &value) {
  return choice("reduce", value, "max and mean", symbolizeRowReduce);
}

/// Parses ` = value` of the parameter `name`.
static ParseResult parseValue(AsmParser &parser, SMLoc loc, StringRef name,
                              ArrayRef<Parameter> parameters,
                              SmallVector<StringRef> &seen) {
  if (parser.parseEqual())
    return failure();
  if (llvm::is_contained(seen, name))
    return parser.emitError(loc) << "'" << name << "' is given twice";
  seen.push_back(name);
  const Parameter *known = llvm::find_if(
      parameters, [&](const Parameter &each) { return each.name == name; });
  if (known != parameters.end())
    return known->parse(parser);
  InFlightDiagnostic error = parser.emitError(loc) << "unknown parameter '"
                                                   << name << "'; there are ";
  llvm::interleaveComma(parameters, error,
                        [&](const Parameter &each) { error << each.name; });
  return error;
}

/// Parses `<name = value, ...>` in any order. Parameters that are left out,
/// also all of them with the `<>`, keep their values. The value of `list` may
/// stand first without its name.
static ParseResult parseParameters(AsmParser &parser,
                                   ArrayRef<Parameter> parameters,
                                   const Parameter *list = nullptr) {
  if (failed(parser.parseOptionalLess()) ||
      succeeded(parser.parseOptionalGreater()))
    return success();
  SmallVector<StringRef> seen;
  do {
    StringRef name;
    SMLoc loc = parser.getCurrentLocation();
    bool named = succeeded(parser.parseOptionalKeyword(&name));
    if (!named && list && seen.empty()) {
      seen.push_back(list->name);
      if (list->parse(parser))
        return failure();
    } else if (!named) {
      return parser.emitError(loc, "expected 'name = value'");
    } else if (parseValue(parser, loc, name, parameters, seen)) {
      return failure();
    }
  } while (succeeded(parser.parseOptionalComma()));
  return parser.parseGreater();
}

/// Parses `[item, ...]` in place of what `items` has.
template <typename Item>
static ParseResult parseList(AsmParser &parser, SmallVector<Item> &items,
                             ParseResult (*parseItem)(AsmParser &,
                                                      SmallVector<Item> &)) {
  items.clear();
  return parser.parseCommaSeparatedList(
      AsmParser::Delimiter::Square, [&] { return parseItem(parser, items); });
}

//===----------------------------------------------------------------------===//
// #hip.tree
//===----------------------------------------------------------------------===//

Attribute TreeAttr::parse(AsmParser &parser, Type) {
  int64_t blockQ = 64, blockK = 2, keep = 512, qStride = 1, kStride = 1;
  auto chosen = Representative::Center;
  auto rows = RowReduce::Max;
  SMLoc loc = parser.getCurrentLocation();
  if (parseParameters(parser,
                      {number("block_q", blockQ), number("block_k", blockK),
                       number("keep", keep), representative(chosen),
                       number("q_stride", qStride), number("k_stride", kStride),
                       reduce(rows)}))
    return {};
  return parser.getChecked<TreeAttr>(loc, parser.getContext(), blockQ, blockK,
                                     keep, chosen, qStride, kStride, rows);
}

void TreeAttr::print(AsmPrinter &printer) const {
  printer << "<block_q = " << getBlockQ() << ", block_k = " << getBlockK()
          << ", keep = " << getKeep();
  if (getRepresentative() != Representative::Center)
    printer << ", representative = "
            << stringifyRepresentative(getRepresentative());
  if (getQStride() != 1)
    printer << ", q_stride = " << getQStride();
  if (getKStride() != 1)
    printer << ", k_stride = " << getKStride();
  if (getReduce() != RowReduce::Max)
    printer << ", reduce = " << stringifyRowReduce(getReduce());
  printer << ">";
}

//===----------------------------------------------------------------------===//
// #hip.stages
//===----------------------------------------------------------------------===//

/// A number of keys or `all`, which no number stands for.
static ParseResult parseKeep(AsmParser &parser, int64_t &keep) {
  if (succeeded(parser.parseOptionalKeyword("all"))) {
    keep = Stage::kAll;
    return success();
  }
  SMLoc loc = parser.getCurrentLocation();
  if (parseNumber(parser, "keep", keep))
    return failure();
  if (keep == Stage::kAll)
    return parser.emitError(loc) << "S14: keep = " << keep
                                 << ", but it has to be at least 1, or `all`";
  return success();
}

static ParseResult parseStage(AsmParser &parser, SmallVector<Stage> &stages) {
  Stage &stage = stages.emplace_back();
  return failure(
      parser.parseLParen() || parseNumber(parser, "block_q", stage.blockQ) ||
      parser.parseComma() || parseNumber(parser, "chunk", stage.chunk) ||
      parser.parseComma() || parseKeep(parser, stage.keep) ||
      parser.parseComma() || parseNumber(parser, "q_stride", stage.qStride) ||
      parser.parseRParen());
}

Attribute StagesAttr::parse(AsmParser &parser, Type) {
  SmallVector<Stage> stages = {
      {64, 64, 8192, 4}, {64, 16, 2048, 2}, {64, 4, 512, 1}};
  int64_t granule = 1, kStride = 1;
  auto chosen = Representative::First;
  auto score = PathScore::Leaf;
  auto rows = RowReduce::Max;
  SMLoc loc = parser.getCurrentLocation();
  Parameter list = {"stages", [&](AsmParser &parser) {
                      return parseList(parser, stages, parseStage);
                    }};
  if (parseParameters(
          parser,
          {list, number("granule", granule), representative(chosen),
           number("k_stride", kStride),
           choice("score", score, "leaf and path", symbolizePathScore),
           reduce(rows)},
          &list))
    return {};
  return parser.getChecked<StagesAttr>(loc, parser.getContext(),
                                       ArrayRef(stages), granule, chosen,
                                       kStride, score, rows);
}

void StagesAttr::print(AsmPrinter &printer) const {
  printer << "<[";
  llvm::interleaveComma(getStages(), printer, [&](const Stage &stage) {
    printer << "(" << stage.blockQ << ", " << stage.chunk << ", ";
    if (stage.keep == Stage::kAll)
      printer << "all";
    else
      printer << stage.keep;
    printer << ", " << stage.qStride << ")";
  });
  printer << "]";
  if (getGranule() != 1)
    printer << ", granule = " << getGranule();
  if (getRepresentative() != Representative::First)
    printer << ", representative = "
            << stringifyRepresentative(getRepresentative());
  if (getKStride() != 1)
    printer << ", k_stride = " << getKStride();
  if (getScore() != PathScore::Leaf)
    printer << ", score = " << stringifyPathScore(getScore());
  if (getReduce() != RowReduce::Max)
    printer << ", reduce = " << stringifyRowReduce(getReduce());
  printer << ">";
}

//===----------------------------------------------------------------------===//
// #hip.boxes
//===----------------------------------------------------------------------===//

static ParseResult parseLevel(AsmParser &parser, SmallVector<Level> &levels) {
  Level &level = levels.emplace_back();
  return failure(parser.parseLParen() ||
                 parseNumber(parser, "box", level.box) || parser.parseComma() ||
                 parseNumber(parser, "keep of a level", level.keep) ||
                 parser.parseRParen());
}

Attribute BoxesAttr::parse(AsmParser &parser, Type) {
  int64_t blockQ = 64, blockK = 8, keep = 512, qStride = 1;
  SmallVector<Level> levels = {{64, 2048}};
  SMLoc loc = parser.getCurrentLocation();
  Parameter list = {"levels", [&](AsmParser &parser) {
                      return parseList(parser, levels, parseLevel);
                    }};
  if (parseParameters(
          parser, {number("block_q", blockQ), number("block_k", blockK), list,
                   number("keep", keep), number("q_stride", qStride)}))
    return {};
  return parser.getChecked<BoxesAttr>(loc, parser.getContext(), blockQ, blockK,
                                      ArrayRef(levels), keep, qStride);
}

void BoxesAttr::print(AsmPrinter &printer) const {
  printer << "<block_q = " << getBlockQ() << ", block_k = " << getBlockK()
          << ", levels = [";
  llvm::interleaveComma(getLevels(), printer, [&](const Level &level) {
    printer << "(" << level.box << ", " << level.keep << ")";
  });
  printer << "], keep = " << getKeep();
  if (getQStride() != 1)
    printer << ", q_stride = " << getQStride();
  printer << ">";
}

//===----------------------------------------------------------------------===//
// #hip.window, #hip.dense
//===----------------------------------------------------------------------===//

template <typename Policy>
static Attribute parseTile(AsmParser &parser, int64_t blockQ) {
  SMLoc loc = parser.getCurrentLocation();
  if (parseParameters(parser, {number("block_q", blockQ)}))
    return {};
  return parser.getChecked<Policy>(loc, parser.getContext(), blockQ);
}

Attribute WindowAttr::parse(AsmParser &parser, Type) {
  return parseTile<WindowAttr>(parser, 64);
}
void WindowAttr::print(AsmPrinter &printer) const {
  printer << "<block_q = " << getBlockQ() << ">";
}

Attribute DenseAttr::parse(AsmParser &parser, Type) {
  return parseTile<DenseAttr>(parser, kAllRows);
}
void DenseAttr::print(AsmPrinter &printer) const {
  if (getBlockQ() != kAllRows)
    printer << "<block_q = " << getBlockQ() << ">";
}

//===----------------------------------------------------------------------===//
// #hip.union
//===----------------------------------------------------------------------===//

namespace {
struct NamedPolicy {
  StringRef name;
  Attribute (*parse)(AsmParser &, Type);
};
} // namespace

template <typename... Policies> static ArrayRef<NamedPolicy> namedPolicies() {
  static const NamedPolicy policies[] = {
      {Policies::getMnemonic(), Policies::parse}...};
  return policies;
}

static ArrayRef<NamedPolicy> policies() {
  return namedPolicies<TreeAttr, StagesAttr, BoxesAttr, WindowAttr, DenseAttr,
                       UnionAttr, AutoAttr>();
}

ArrayRef<StringRef> mlir::hip::policyNames() {
  static const auto names = llvm::map_to_vector(
      policies(), [](const NamedPolicy &policy) { return policy.name; });
  return names;
}

static InFlightDiagnostic refuse(AsmParser &parser, SMLoc loc,
                                 const Twine &part) {
  return parser.emitError(loc) << part << " is no policy; there are "
                               << llvm::join(policyNames(), ", ");
}

/// The policy of a name that stands without `#hip.`.
static Attribute parseNamed(AsmParser &parser, SMLoc loc, StringRef name) {
  for (const NamedPolicy &policy : policies())
    if (policy.name == name)
      return policy.parse(parser, {});
  refuse(parser, loc, "'" + name + "'");
  return {};
}

/// A policy in another one, with or without `#hip.`; null with an error.
static PolicyAttrInterface parsePolicy(AsmParser &parser) {
  StringRef name;
  SMLoc loc = parser.getCurrentLocation();
  Attribute given;
  if (succeeded(parser.parseOptionalKeyword(&name)))
    given = parseNamed(parser, loc, name);
  else if (parser.parseAttribute(given))
    return {};
  auto policy = dyn_cast_if_present<PolicyAttrInterface>(given);
  if (given && !policy)
    refuse(parser, loc, llvm::formatv("{0}", given).str());
  return policy;
}

static ParseResult parsePart(AsmParser &parser,
                             SmallVector<PolicyAttrInterface> &parts) {
  PolicyAttrInterface policy = parsePolicy(parser);
  if (policy)
    parts.push_back(policy);
  return success(policy != nullptr);
}

Attribute UnionAttr::parse(AsmParser &parser, Type) {
  SmallVector<PolicyAttrInterface> parts;
  SMLoc loc = parser.getNameLoc();
  Parameter list = {"parts", [&](AsmParser &parser) {
                      return parseList(parser, parts, parsePart);
                    }};
  if (parseParameters(parser, {list}, &list))
    return {};
  return parser.getChecked<UnionAttr>(loc, parser.getContext(),
                                      ArrayRef(parts));
}

void UnionAttr::print(AsmPrinter &printer) const {
  printer << "<[";
  llvm::interleaveComma(getParts(), printer);
  printer << "]>";
}

//===----------------------------------------------------------------------===//
// #hip.auto
//===----------------------------------------------------------------------===//

Attribute AutoAttr::parse(AsmParser &parser, Type) {
  int64_t until = 16384, stepUntil = 131072;
  const Parameter numbers[] = {number("until", until),
                               number("step_until", stepUntil)};
  SMLoc loc = parser.getNameLoc();
  if (parser.parseLess())
    return {};
  PolicyAttrInterface policy = parsePolicy(parser);
  if (!policy)
    return {};
  SmallVector<StringRef> seen;
  while (succeeded(parser.parseOptionalComma())) {
    StringRef name;
    SMLoc at = parser.getCurrentLocation();
    if (parser.parseKeyword(&name) ||
        parseValue(parser, at, name, numbers, seen))
      return {};
  }
  if (parser.parseGreater())
    return {};
  return parser.getChecked<AutoAttr>(loc, parser.getContext(), policy, until,
                                     stepUntil);
}

void AutoAttr::print(AsmPrinter &printer) const {
  printer << "<" << getPolicy() << ", until = " << getUntil()
          << ", step_until = " << getStepUntil() << ">";
}
