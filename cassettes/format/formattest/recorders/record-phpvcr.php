<?php
// record-phpvcr.php FILE: PHP-VCR's cassette, JSON if FILE ends so. PHP-VCR
// itself is in no distribution; this gives Symfony's dumper (php-symfony-yaml
// 5.4.53) and json_encode the arrays that its Request and Response make, as
// its storages do.
require '/usr/share/php/Symfony/Component/Yaml/autoload.php';
$path = $argv[1];
$key = str_repeat('k', 64);
$info = ['url' => 'https://api.binance.com/api/v1/klines', 'http_code' => 200, 'header_size' => 300, 'total_time' => 0.174128,
    'pretransfer_time' => 0.060525, 'certinfo' => []];
$date = 'Sat, 20 Jul 2019 10:00:00 GMT';
$recordings = [
    ['request' => ['method' => 'GET', 'url' => 'https://api.binance.com/api/v1/klines?symbol=LTCBTC&interval=1h',
        'headers' => ['Host' => 'api.binance.com', 'Accept' => 'application/json']],
     'response' => ['status' => ['http_version' => '1.1', 'code' => '200', 'message' => 'OK'],
        'headers' => ['Date' => $date, 'Content-Type' => 'application/json;charset=UTF-8', 'X-MBX-USED-WEIGHT' => '3', 'Set-Cookie' => ['a=1', 'b=2']],
        'body' => "[\n  [1563616800000, \"0.01\"],\n  [1563620400000, \"0.02\"]\n]", 'curl_info' => $info], 'index' => 0],
    ['request' => ['method' => 'POST', 'url' => 'https://api.binance.com/api/v3/order', 'headers' => ['X-MBX-APIKEY' => $key, 'Host' => 'api.binance.com'],
        'body' => 'symbol=LTCBTC&side=BUY&timestamp=1563616800000&signature=' . str_repeat('0', 64)],
     'response' => ['status' => ['code' => 400, 'message' => ''], 'headers' => ['date' => $date], 'body' => '{"code":-1121,"msg":"Invalid symbol."}'], 'index' => 0],
    ['request' => ['method' => 'POST', 'url' => 'https://api.binance.com/api/v3/order/test', 'headers' => ['Host' => 'api.binance.com'],
        'post_fields' => ['symbol' => 'LTCBTC', 'side' => 'BUY']],
     'response' => ['status' => 200, 'headers' => ['Date' => $date, 'Content-Transfer-Encoding' => 'binary'], 'body' => base64_encode('{}')]],
    ['request' => ['method' => 'GET', 'url' => 'https://api.binance.com/api/v1/ping', 'headers' => ['Host' => 'api.binance.com']],
     'response' => ['status' => ['code' => '200', 'message' => 'OK'], 'headers' => ['Date' => $date]]],
];
if (str_ends_with($path, '.json')) {
    file_put_contents($path, '[' . implode(',', array_map('json_encode', $recordings)) . ']');
    exit;
}
$dumper = new Symfony\Component\Yaml\Dumper();
file_put_contents($path, implode('', array_map(fn ($r) => "\n" . rtrim($dumper->dump([$r], 4), "\n"), $recordings)) . "\n");
