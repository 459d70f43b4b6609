// RUN: hip-opt %s --split-input-file --verify-diagnostics

// S13 block_q
// expected-error @below {{S13: block_q = 0, but it has to be at least 1}}
#bad = #hip.tree<block_q = 0, block_k = 2, keep = 512>

// -----
// S13 keep
// expected-error @below {{S13: keep = 511 is not a multiple of block_k = 2; use 512}}
#bad = #hip.tree<block_q = 64, block_k = 2, keep = 511>

// -----
// S8 k_stride
// expected-error @below {{S8: k_stride = 0, but it has to be at least 1}}
#bad = #hip.tree<block_q = 64, block_k = 2, keep = 512, k_stride = 0>

// -----
// S9 q_stride
// expected-error @below {{S9: q_stride = 0, but it has to be at least 1}}
#bad = #hip.tree<block_q = 64, block_k = 2, keep = 512, q_stride = 0>

// -----
// S9 mean
// expected-error @below {{S9: reduce = mean needs a q_stride that is a power of two, got 3}}
#bad = #hip.tree<block_q = 64, block_k = 2, keep = 512, q_stride = 3, reduce = mean>

// -----
// S14 no stage
// expected-error @below {{S14: a stages policy needs at least one stage}}
#bad = #hip.stages<[]>

// -----
// S14 keep
// expected-error @below {{S14: keep = 100 is not a multiple of chunk = 64; use 128}}
#bad = #hip.stages<[(64, 64, 100, 1)]>

// -----
// S14 chunk and granule
// expected-error @below {{S14: chunk = 64 is not a multiple of granule = 3; use 66}}
#bad = #hip.stages<[(64, 64, 128, 1)], granule = 3>

// -----
// S14 chunks of stages
// expected-error @below {{S14: chunk of a stage = 64 is not a multiple of the next stage's chunk = 48}}
#bad = #hip.stages<[(64, 64, 128, 1), (64, 48, 96, 1)]>

// -----
// S14 query blocks of stages
// expected-error @below {{S14: block_q of a stage = 64 is not a multiple of the next stage's block_q = 128}}
#bad = #hip.stages<[(64, 64, 128, 1), (128, 32, 64, 1)]>

// -----
// S14 unknown parameter
// expected-error @below {{unknown parameter 'grain'; there are stages, granule, representative, k_stride, score, reduce}}
#bad = #hip.stages<[(64, 64, 128, 1)], grain = 3>

// -----
// S14 parameter twice
// expected-error @below {{'granule' is given twice}}
#bad = #hip.stages<[(64, 64, 128, 1)], granule = 1, granule = 2>

// -----
// S8 unknown keyword
// expected-error @below {{representative is 'middle', but there are first, center and last}}
#bad = #hip.stages<[(64, 64, 128, 1)], representative = middle>

// -----
// S14b no level
// expected-error @below {{S14b: a boxes policy needs at least one level}}
#bad = #hip.boxes<block_q = 64, block_k = 8, levels = [], keep = 512>

// -----
// S14b box and block_k
// expected-error @below {{S14b: box = 60 is not a multiple of the next finer box or block_k = 8; use 64}}
#bad = #hip.boxes<block_q = 64, block_k = 8, levels = [(60, 2040)], keep = 512>

// -----
// S14b boxes of levels
// expected-error @below {{S14b: box = 100 is not a multiple of the next finer box or block_k = 64; use 128}}
#bad = #hip.boxes<block_q = 64, block_k = 8, levels = [(100, 2000), (64, 2048)], keep = 512>

// -----
// S14b keep of a level
// expected-error @below {{S14b: keep of a level = 2000 is not a multiple of its box = 64; use 2048}}
#bad = #hip.boxes<block_q = 64, block_k = 8, levels = [(64, 2000)], keep = 512>

// -----
// S15
// expected-error @below {{S15: block_q = 0, but it has to be at least 1}}
#bad = #hip.window<block_q = 0>

// -----
// S15
// expected-error @below {{S15: block_q = 0, but it has to be at least 1}}
#bad = #hip.dense<block_q = 0>

// -----
// S3 chunk
// expected-error @below {{S3: chunk = 0, but it has to be at least 1}}
#bad = #hip.band<block_q = 64, chunk = 0>

// -----
// S3 sink
// expected-error @below {{S3: sink = -1, but it has to be at least 0}}
#bad = #hip.band<block_q = 64, chunk = 1, sink = -1>

// -----
// S13 block_k
// expected-error @below {{S13: block_k = 0, but it has to be at least 1}}
#bad = #hip.tree<block_q = 64, block_k = 0, keep = 512>

// -----
// S13 keep
// expected-error @below {{S13: keep = 0, but it has to be at least 1}}
#bad = #hip.tree<block_q = 64, block_k = 2, keep = 0>

// -----
// S9 q_stride
// expected-error @below {{S9: q_stride = 0, but it has to be at least 1}}
#bad = #hip.tree<block_q = 64, block_k = 2, keep = 512, q_stride = 0>

// -----
// S14 granule
// expected-error @below {{S14: granule = 0, but it has to be at least 1}}
#bad = #hip.stages<[(64, 64, 128, 1)], granule = 0>

// -----
// S8 k_stride of stages
// expected-error @below {{S8: k_stride = 0, but it has to be at least 1}}
#bad = #hip.stages<[(64, 64, 128, 1)], k_stride = 0>

// -----
// S14 block_q
// expected-error @below {{S14: block_q = 0, but it has to be at least 1}}
#bad = #hip.stages<[(0, 64, 128, 1)]>

// -----
// S14 chunk
// expected-error @below {{S14: chunk = 0, but it has to be at least 1}}
#bad = #hip.stages<[(64, 0, 128, 1)]>

// -----
// S14 keep
// expected-error @below {{S14: keep = 0, but it has to be at least 1}}
#bad = #hip.stages<[(64, 64, 0, 1)]>

// -----
// S9 mean of a stage
// expected-error @below {{S9: reduce = mean needs a q_stride that is a power of two, got 6}}
#bad = #hip.stages<[(64, 64, 128, 6)], reduce = mean>

// -----
// S11 unknown keyword
// expected-error @below {{score is 'root', but there are leaf and path}}
#bad = #hip.stages<[(64, 64, 128, 1)], score = root>

// -----
// S9 unknown keyword
// expected-error @below {{reduce is 'sum', but there are max and mean}}
#bad = #hip.stages<[(64, 64, 128, 1)], reduce = sum>

// -----
// S14 a stage has four numbers
// expected-error @below {{expected ','}}
#bad = #hip.stages<[(64, 64, 128)]>

// -----
// S14b block_q
// expected-error @below {{S14b: block_q = 0, but it has to be at least 1}}
#bad = #hip.boxes<block_q = 0, block_k = 8, levels = [(64, 2048)], keep = 512>

// -----
// S14b block_k
// expected-error @below {{S14b: block_k = 0, but it has to be at least 1}}
#bad = #hip.boxes<block_q = 64, block_k = 0, levels = [(64, 2048)], keep = 512>

// -----
// S14b keep
// expected-error @below {{S14b: keep = 0, but it has to be at least 1}}
#bad = #hip.boxes<block_q = 64, block_k = 8, levels = [(64, 2048)], keep = 0>

// -----
// S14b keep and block_k
// expected-error @below {{S14b: keep = 500 is not a multiple of block_k = 8; use 504}}
#bad = #hip.boxes<block_q = 64, block_k = 8, levels = [(64, 2048)], keep = 500>

// -----
// S14b box
// expected-error @below {{S14b: box = 0, but it has to be at least 1}}
#bad = #hip.boxes<block_q = 64, block_k = 8, levels = [(0, 2048)], keep = 512>

// -----
// S14b finer box
// expected-error @below {{S14b: next box = 0, but it has to be at least 1}}
#bad = #hip.boxes<block_q = 64, block_k = 8, levels = [(64, 2048), (0, 64)], keep = 512>

// -----
// S14b keep of a level
// expected-error @below {{S14b: keep of a level = 0, but it has to be at least 1}}
#bad = #hip.boxes<block_q = 64, block_k = 8, levels = [(64, 0)], keep = 512>

// -----
// S14b unknown parameter
// expected-error @below {{unknown parameter 'reduce'; there are block_q, block_k, levels, keep, q_stride}}
#bad = #hip.boxes<block_q = 64, block_k = 8, levels = [(64, 2048)], keep = 512, reduce = max>

// -----
// S14b parameter twice
// expected-error @below {{'keep' is given twice}}
#bad = #hip.boxes<block_q = 64, block_k = 8, keep = 512, keep = 256>

// -----
// S3 block_q of a band
// expected-error @below {{S3: block_q = 0, but it has to be at least 1}}
#bad = #hip.band<block_q = 0, chunk = 2>

// -----
// S3 window of a band
// expected-error @below {{S3: window = -1, but it has to be at least 0}}
#bad = #hip.band<block_q = 64, chunk = 2, window = -1>

// -----
// S21 splits
// expected-error @below {{split_keys = -1 has to be from 0 to 2147483647}}
#bad = #hip.schedule<threads = 32, rows = 16, columns = 64, split_keys = -1>

// -----
// S21 rows of splits
// expected-error @below {{split_rows = 0, but at least 1 is needed}}
#bad = #hip.schedule<threads = 32, rows = 16, columns = 64, split_keys = 64, split_rows = 0>

// -----
// More thread blocks than a multiprocessor holds
// expected-error @below {{min_blocks = 33, but a multiprocessor holds up to 32 thread blocks; give 0 for any number}}
#bad = #hip.schedule<threads = 32, rows = 16, columns = 64, min_blocks = 33>

// -----
// expected-error @below {{cluster = 0, but a cluster has 1 to 8 thread blocks}}
#bad = #hip.schedule<threads = 32, rows = 16, columns = 64, cluster = 0>

// -----
// expected-error @below {{few_rows = -3, but at least 0 is needed}}
#bad = #hip.schedule<threads = 32, rows = 16, columns = 64, few_rows = -3>

// -----
// S13 a number of more than 64 bits
// expected-error @below {{keep = 99999999999999999999, but it has to fit 64 bits}}
#bad = #hip.tree<keep = 99999999999999999999>

// -----
// S13 no number
// expected-error @below {{'keep' has to be an integer}}
#bad = #hip.tree<keep = many>

// -----
// S13 unknown parameter
// expected-error @below {{unknown parameter 'kep'; there are block_q, block_k, keep, representative, q_stride, k_stride, reduce}}
#bad = #hip.tree<kep = 64>

// -----
// S13 a value without a name
// expected-error @below {{expected 'name = value'}}
#bad = #hip.tree<64>

// -----
// S14 the number that `all` is kept as
// expected-error @below {{S14: keep = -9223372036854775808, but it has to be at least 1}}
#bad = #hip.stages<[(64, 64, -9223372036854775808, 1)]>

// -----
// S14 stages twice
// expected-error @below {{'stages' is given twice}}
#bad = #hip.stages<[(64, 64, 128, 1)], stages = [(64, 64, 128, 1)]>

// -----
// S14b no list
// expected-error @below {{expected '['}}
#bad = #hip.boxes<levels = >

// -----
// S15 unknown parameter
// expected-error @below {{unknown parameter 'block_k'; there are block_q}}
#bad = #hip.dense<block_k = 64>

// -----
// S14c no parts
// expected-error @below {{S14c: a union needs at least one part, got none}}
#bad = #hip.union<[]>

// -----
// S14c no parts
// expected-error @below {{S14c: a union needs at least one part, got none}}
#bad = #hip.union

// -----
// S14c a part without a list
// expected-error @below {{S14c: #hip.window<block_q = 64> keeps nothing; leave it out of the union}}
#bad = #hip.union<[tree, window]>

// -----
// S14c block_q
// expected-error @below {{S14c: a part has block_q = 32, but the first has 64; give all parts of a union the same}}
#bad = #hip.union<[tree, boxes<block_q = 32>]>

// -----
// S14c block_q of a union
// expected-error @below {{S14c: a part has block_q = 64, but the first has 1; give all parts of a union the same}}
#bad = #hip.union<[dense<block_q = 1>, union<[tree]>]>

// -----
// S14c block_q of the last stage
// expected-error @below {{S14c: lists of a part are for 64 query rows, but those of the first for 16; give the last stage of all parts the same block_q}}
#bad = #hip.union<[stages<[(64, 8, 16, 1), (16, 4, 8, 1)]>, tree]>

// -----
// S14c chunks without a common multiple that is an i32
// expected-error @below {{S14c: least common multiple of the parts' chunks = 2147549184, but it has to be at most 2147483647; positions are i32 (S5)}}
#bad = #hip.union<[tree<block_k = 65536, keep = 65536>, tree<block_k = 32769, keep = 32769>]>

// -----
// S14c keep of all parts
// expected-error @below {{S14c: keep of all parts = 2147483648, but it has to be at most 2147483647; positions are i32 (S5)}}
#bad = #hip.union<[tree<keep = 1073741824>, boxes<keep = 1073741824>]>

// -----
// S14c a part of another kind
// expected-error @below {{4 : i64 is no policy; there are tree, stages, boxes, window, dense, union, auto}}
#bad = #hip.union<[4 : i64]>

// -----
// S14c a part that there is not
// expected-error @below {{'bush' is no policy; there are tree, stages, boxes, window, dense, union, auto}}
#bad = #hip.union<[tree, bush<keep = 4>]>

// -----
// S14c a part that is wrong
// expected-error @below {{S13: keep = 511 is not a multiple of block_k = 2; use 512}}
#bad = #hip.union<[boxes, tree<keep = 511>]>

// -----
// S14c unknown parameter
// expected-error @below {{unknown parameter 'keep'; there are parts}}
#bad = #hip.union<[tree], keep = 512>

// -----

// expected-error @below {{stages = 16, but a loop has 1 to 15}}
func.func private @stages() attributes {p = #hip.schedule<threads = 128, rows = 64, columns = 64, stages = 16>}

// -----
// Registers move between groups of four warps
// expected-error @below {{persistent = -1 thread blocks have to be from 0, for one each, to 2147483647}}
#bad = #hip.schedule<threads = 128, rows = 64, columns = 64, persistent = -1>

// -----

// expected-error @below {{engine = tma without producers, which start the copies; give a multiple of 128, or leave engine out}}
#bad = #hip.schedule<threads = 128, rows = 64, columns = 64, engine = tma>

// -----

// expected-error @below {{producers = 64 beside threads = 128, but both are multiples of 128 and together at most 1024}}
#bad = #hip.schedule<threads = 128, rows = 64, columns = 64, producers = 64>

// -----

// expected-error @below {{producers = -128 beside threads = 128, but both are multiples of 128 and together at most 1024}}
#bad = #hip.schedule<threads = 128, rows = 64, columns = 64, producers = -128>

// -----

// expected-error @below {{producers = 128 beside threads = 64, but both are multiples of 128 and together at most 1024}}
#bad = #hip.schedule<threads = 64, rows = 64, columns = 64, producers = 128>

// -----

// expected-error @below {{producers = 128 beside threads = 1024, but both are multiples of 128 and together at most 1024}}
#bad = #hip.schedule<threads = 1024, rows = 64, columns = 64, producers = 128>

// -----
// S14d nothing to choose
// expected-error @below {{S14d: #hip.dense leaves nothing to choose; give a policy that prunes, such as #hip.tree}}
#bad = #hip.auto<dense>

// -----
// S14d in itself
// expected-error @below {{S14d: #hip.auto<#hip.window<block_q = 64>, until = 16384, step_until = 131072> leaves nothing to choose}}
#bad = #hip.auto<auto<window>>

// -----
// S14d until
// expected-error @below {{S14d: until = 0, but it has to be at least 1}}
#bad = #hip.auto<tree, until = 0>

// -----
// S14d step_until
// expected-error @below {{S14d: step_until = 2147483648, but it has to be at most 2147483647; positions are i32 (S5)}}
#bad = #hip.auto<tree, step_until = 2147483648>

// -----
// S14d no policy
// expected-error @below {{'bush' is no policy; there are tree, stages, boxes, window, dense, union, auto}}
#bad = #hip.auto<bush>

// -----
// S14d a parameter that there is not
// expected-error @below {{unknown parameter 'keep'; there are until, step_until}}
#bad = #hip.auto<tree, keep = 4>

// -----
// S14d a part of a union
// expected-error @below {{S14d: #hip.auto<#hip.tree<block_q = 64, block_k = 2, keep = 512>, until = 16384, step_until = 131072> cannot be part of a union; put the union inside it}}
#bad = #hip.union<[auto<tree>, boxes]>
