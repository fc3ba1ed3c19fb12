INSERT INTO experiment_builds (series, build, part_from, part_to, stamp)
  SELECT cityHash64({series:String}), toUInt64(made.1), toDateTime(made.2, 'UTC'), toDateTime(made.3, 'UTC'), made.4
  FROM (SELECT arrayJoin(arrayZip({builds:Array(String)}, {begins:Array(UInt32)}, {ends:Array(UInt32)}, {stamps:Array(String)})) AS made)
-- {"series":"series","builds":["7602794921308356615"],"begins":[1769904000],"ends":[1769990400],"stamps":["7"]}
